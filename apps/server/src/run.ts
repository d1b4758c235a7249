/**
 * One run of the program: from its arguments to the number that it ends by. Each wish imports what it needs: help and a
 * wrong command line load nothing that serves.
 */
import { EXIT, reasonOf, Stop } from "./exit.ts";
import type { ExitCode } from "./exit.ts";
import { parseCommandLine } from "./command-line.ts";

const run = async (args: readonly string[]): Promise<void> => {
  const wish = parseCommandLine(args);
  if (wish.command === "print") {
    process.stdout.write(wish.text);
    return;
  }
  if (wish.command === "hash") {
    const { hash } = await import("./hash.ts");
    process.stdout.write(`${await hash(process.stdin, process.stderr)}\n`);
    return;
  }
  const [{ settingsOf }, { check, isShared, serve }, { createLog }] = await Promise.all([
    import("./settings.ts"),
    import("./serve.ts"),
    import("./log.ts"),
  ]);
  const settings = await settingsOf(wish.flags, wish.config);
  if (wish.checkConfig) {
    await check(settings, await createLog("off"));
    process.stdout.write("The configuration is sound.\n");
    return;
  }
  const style = settings.log ?? (process.stderr.isTTY ? "pretty" : "json");
  if (isShared(settings)) {
    const { serveByWorkers } = await import("./workers.ts");
    await serveByWorkers(settings, style);
  } else await serve(settings, await createLog(style));
};

/** Runs the program; what goes wrong is one line on standard error. */
export const main = async (args: readonly string[]): Promise<ExitCode> => {
  try {
    await run(args);
    return EXIT.ok;
  } catch (error) {
    const text = error instanceof Stop ? error.message : `a fault of posthornd: ${reasonOf(error)}`;
    process.stderr.write(`posthornd: ${text}\n`);
    return error instanceof Stop ? error.exit : EXIT.software;
  }
};
