/**
 * The command line: what the options are, and which of them were given, under the keys of the configuration that they
 * stand for. Their values are judged later, by the schema of the configuration.
 */
import { Command, CommanderError, InvalidArgumentError } from "commander";
import { EXIT, Stop } from "./exit.ts";
import { AFTER_HELP } from "./help.ts";
import { VERSION } from "./version.ts";

/** What the command line asks for. */
export type Wish =
  | {
      readonly command: "serve";
      /** Keys of the configuration that were given. */
      readonly flags: Readonly<Record<string, unknown>>;
      readonly config: string | undefined;
      readonly checkConfig: boolean;
    }
  | { readonly command: "hash" }
  /** `--help` or `--version`. */
  | { readonly command: "print"; readonly text: string };

const collect = (value: string, before: readonly string[] = []): readonly string[] => [...before, value];

const octets = (value: string): number => {
  if (!/^\d{1,15}$/.test(value)) throw new InvalidArgumentError("It is a number of octets, 0 for any.");
  return Number(value);
};

const processes = (value: string): number | "auto" => {
  if (value === "auto") return value;
  if (!/^\d{1,9}$/.test(value)) throw new InvalidArgumentError("It is a number of processes, or auto.");
  return Number(value);
};

const limit = (value: string, before: Readonly<Record<string, number>> = {}): Readonly<Record<string, number>> => {
  const { name, amount } = /^(?<name>[A-Za-z]+)=(?<amount>\d{1,15})$/.exec(value)?.groups ?? {};
  if (name === undefined) throw new InvalidArgumentError("It is NAME=VALUE, and the value a number, 0 or more.");
  return { ...before, [name]: Number(amount) };
};

/** Keys of the configuration by the option that stands for them, where the names differ. */
const KEYS: ReadonlyMap<string, string> = new Map([
  ["domain", "domains"],
  ["limit", "limits"],
]);

/** How an option is called that stands for a key: for errors. */
export const flagOf = (key: string): string => {
  const [first = "", second] = key.split(".");
  if (first === "limits") return second === undefined ? "--limit" : `--limit ${second}`;
  const name = first === "domains" ? "domain" : first.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
  return `--${name}`;
};

const makeProgram = (print: (text: string) => void): Command => {
  const program = new Command("posthornd")
    .description("An SMTP, submission and LMTP server: a sink for tests, a mail exchanger, a submission service.")
    .configureHelp({ helpWidth: 120, showGlobalOptions: false })
    .configureOutput({ writeOut: print, writeErr: () => undefined, outputError: () => undefined })
    .exitOverride()
    .allowExcessArguments(false)
    .version(VERSION, "--version", "print the version")
    .helpOption("--help", "print this")
    .helpCommand("help [command]", "print this, or the help of a command")
    .option("--config <file>", "a configuration, posthorn.config.ts; options win over it")
    .option("--listen <address>", "a mail exchanger with STARTTLS (may be given more than once)", collect)
    .option("--listen-tls <address>", "a mail exchanger with TLS from the first octet", collect)
    .option("--listen-lmtp <address>", "LMTP", collect)
    .option("--submission <address>", "submission with STARTTLS: authentication required", collect)
    .option("--submissions <address>", "submission with TLS from the first octet", collect)
    .option("--hostname <name>", "our name; the machine's, if not given")
    .option("--domain <name>", "a domain that mail is taken for (more than once); any, if none is given", collect)
    .option("--maildir <dir>", "where mail is kept; %d, %n, %u in it are domain, local part, address")
    .option("--create", "make mailboxes that are not there yet")
    .option("--postmaster <address>", "the mailbox that mail for postmaster goes to")
    .option("--users <file>", "users who may authenticate: lines of name:verifiers, see hash")
    .option("--tls-cert <file>", "certificate chain, PEM; without one, one is made")
    .option("--tls-key <file>", "its key, PEM")
    .option("--tls-self-signed-out <file>", "write the certificate that was made to a file")
    .option("--auth-in-clear", "offer AUTH without TLS too")
    .option("--max-size <bytes>", "the most octets of a message; 26214400, if not given", octets)
    .option("--limit <name=value>", "a limit, see below (more than once)", limit)
    .option("--without <keyword>", "leave out an extension, such as CHUNKING (more than once)", collect)
    .option("--workers <number>", "how many processes serve; auto: one for each core; 1, if not given", processes)
    .option("--log <style>", "pretty, json or off; pretty on a terminal, else json")
    .option("--check-config", "say what is wrong with all of this, and end")
    .addHelpText("after", AFTER_HELP);
  program.action(() => undefined);
  program
    .command("hash")
    .description("read a password from standard input and print its verifiers, for a line of the users file")
    .helpOption("--help", "print this")
    .allowExcessArguments(false)
    .exitOverride()
    .action(() => undefined);
  return program;
};

/**
 * Reads the command line.
 * @throws Stop 64
 */
export const parseCommandLine = (args: readonly string[]): Wish => {
  let text = "";
  const program = makeProgram((more) => {
    text += more;
  });
  let called: Command = program;
  program.hook("preAction", (_program, command) => {
    called = command;
  });
  try {
    program.parse([...args], { from: "user" });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode === 0) return { command: "print", text };
    throw new Stop(EXIT.usage, `${error.message.replace(/^error: /, "").replaceAll("\n", " ")} (see posthornd --help)`);
  }
  if (called.name() === "hash") return { command: "hash" };
  const { config, checkConfig, ...given } = program.opts<Record<string, unknown>>();
  const flags = Object.fromEntries(Object.entries(given).map(([name, value]) => [KEYS.get(name) ?? name, value]));
  return {
    command: "serve",
    flags,
    config: typeof config === "string" ? config : undefined,
    checkConfig: checkConfig === true,
  };
};
