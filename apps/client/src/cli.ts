/** The command line: what `arguments.ts` has, declared for commander, which also writes the help and finds mistakes. */
import { Argument, Command, Option } from "commander";
import type { ConnectArguments, SendArguments } from "./arguments.ts";
import { PROBE_HELP, PROGRAM_HELP, SEND_HELP } from "./help.ts";

/** What is done for each command. */
export interface Commands {
  readonly send: (args: SendArguments) => Promise<void>;
  readonly probe: (server: string, args: ConnectArguments) => Promise<void>;
}

const option = (flags: string, description: string): Option => new Option(flags, description);

const withTls = (command: Command): Command =>
  command
    .optionsGroup("TLS:")
    .addOption(
      option(
        "--tls <mode>",
        "default: opportunistic; required with credentials or with --verify; implicit on port 465",
      ).choices(["none", "opportunistic", "required", "implicit"]),
    )
    .option("--verify <whom>", "on, off, or sha256:FINGERPRINT of the one certificate to trust")
    .option("--ca <file>", "authorities to trust instead of the system's, in PEM form")
    .option("--servername <name>", "the name to ask for and to look for in the certificate");

const withRest = (command: Command): Command =>
  command
    .optionsGroup("Connection:")
    .option("--helo <name>", "what to say in EHLO: a domain, or an address literal in brackets")
    .option("--lmtp", "speak LMTP (RFC 2033): a verdict for each recipient")
    .option("--ipv4", "only over IPv4")
    .option("--ipv6", "only over IPv6")
    .optionsGroup("Output:")
    .option("--transcript", "show the dialogue on standard error; secrets are masked")
    .option("--json", "print one object of JSON on standard output");

const sendCommand = (): Command => {
  const command = new Command("send")
    .description("Send a message, and say what became of it for each recipient.")
    .requiredOption("--server <host>", "HOST[:PORT], or the path of a Unix socket")
    .requiredOption("--from <address>", "the reverse-path; '<>' for none")
    .requiredOption("--to <address...>", "the recipients: one or several")
    .optionsGroup("Message:")
    .option("--data <file>", "the message; - is standard input")
    .option("--subject <text>", "make a message with this subject")
    .option("--body <text>", "make a message with this text")
    .option("--header <line...>", "a field in front of the message, as 'Name: value'")
    .optionsGroup("Authentication:")
    .option("--user <name>", "log in as this user")
    .option("--password-file <file>", "the password, or token, is its first line (else POSTHORN_PASSWORD)")
    .option("--auth <mechanism>", "only by this SASL mechanism; else the strongest that both sides have")
    .option("--auth-in-clear", "let credentials travel without TLS");
  withRest(withTls(command))
    .option("--dry-run", "connect and say what would be sent, but send nothing")
    .optionsGroup("Connection:")
    .option("--without <keyword...>", "do as if the server did not offer this extension");
  return command.addHelpText("after", SEND_HELP);
};

const probeCommand = (): Command => {
  const command = new Command("probe")
    .description("Say what a server offers, its TLS, and how that compares with the RFCs.")
    .addArgument(new Argument("<server>", "HOST[:PORT], or the path of a Unix socket"));
  return withRest(withTls(command)).addHelpText("after", PROBE_HELP);
};

/** Where commander writes: help to `out`, mistakes to `err`. */
export interface Sinks {
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
}

const settle = (command: Command, { out, err }: Sinks): Command =>
  command
    .exitOverride()
    .showSuggestionAfterError()
    .configureHelp({ showGlobalOptions: false })
    .configureOutput({ writeOut: out, writeErr: err, outputError: () => {} });

/** The program. Parsing throws commander's `CommanderError` where it ends without a command. */
export const commandLine = (version: string, commands: Commands, sinks: Sinks): Command => {
  const program = new Command("posthorn")
    .description("Sends mail, and looks at what happened: an SMTP and LMTP client.")
    .version(version, "-V, --version", "print the version")
    .helpOption("-h, --help", "print this help")
    .helpCommand("help [command]", "print the help of a command")
    .addHelpText("after", PROGRAM_HELP);
  const send = sendCommand().action((args: SendArguments) => commands.send(args));
  const probe = probeCommand().action((server: string, args: ConnectArguments) => commands.probe(server, args));
  for (const command of [send, probe]) program.addCommand(settle(command, sinks));
  return settle(program, sinks);
};
