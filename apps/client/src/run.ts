/**
 * One run of the program: the command line is read, a command is done, an exit code comes out. What a command needs is
 * imported when it is asked for: help and a wrong command line load nothing that speaks SMTP.
 */
import { CommanderError } from "commander";
import { commandLine } from "./cli.ts";
import { EXIT, type ExitCode } from "./exit.ts";
import { jsonText } from "./json.ts";
import { say, type Terminal } from "./terminal.ts";
import { version } from "./version.ts";

/** What commander says of a mistake, as one line that says where to look. */
const usageText = async (error: CommanderError, args: readonly string[]): Promise<string> => {
  const { printable } = await import("./text.ts");
  const [command] = args.filter((arg) => arg === "send" || arg === "probe");
  const said = error.message
    .replace(/^error: /, "")
    .split(/\s*\n\s*/)
    .join(" ")
    .replace(/\.$/, "");
  return printable(`${said}; see posthorn${command === undefined ? "" : ` ${command}`} --help`);
};

const notUnderstood = async (
  error: CommanderError,
  args: readonly string[],
  { stdout, stderr }: Terminal,
): Promise<ExitCode> => {
  if (error.exitCode === 0) return EXIT.ok;
  if (error.code === "commander.help") return EXIT.usage; // no command: the help was printed
  const message = await usageText(error, args);
  if (args.includes("--json"))
    say(stdout, jsonText({ ok: false, exit: EXIT.usage, error: { code: "usage", message, retry: false } }));
  say(stderr, `posthorn: ${message}`);
  return EXIT.usage;
};

/**
 * Runs the program.
 * @param args What stands behind the program's name.
 * @returns What the process should end by.
 */
export const run = async (args: readonly string[], terminal: Terminal): Promise<ExitCode> => {
  let exit: ExitCode = EXIT.ok;
  const program = commandLine(
    version(),
    {
      send: async (given) => {
        const { send } = await import("./send.ts");
        exit = await send(given, terminal);
      },
      probe: async (server, given) => {
        const { probe } = await import("./probe.ts");
        exit = await probe(server, given, terminal);
      },
    },
    { out: (text) => void terminal.stdout.write(text), err: (text) => void terminal.stderr.write(text) },
  );
  try {
    await program.parseAsync(args, { from: "user" });
    return exit;
  } catch (error) {
    if (error instanceof CommanderError) return notUnderstood(error, args, terminal);
    const { failureOf } = await import("./failure.ts");
    const failure = failureOf(error, terminal.signal);
    say(terminal.stderr, `posthorn: ${failure.message}`);
    return failure.exit;
  }
};
