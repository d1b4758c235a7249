#!/usr/bin/env node
/**
 * The program `posthorn`: the process's streams and signals, and a run between them. What only says who it is does not
 * load what sends mail.
 */
import { EXIT, Stop } from "./exit.ts";
import { version } from "./version.ts";

const stopping = (): AbortSignal => {
  const controller = new AbortController();
  const on = (name: NodeJS.Signals, exit: typeof EXIT.interrupted | typeof EXIT.terminated): void => {
    process.on(name, () => {
      // A second time is meant: what was under way is left as it is, and without its end it counts as not sent.
      if (controller.signal.aborted) process.exit(exit);
      controller.abort(new Stop(exit, `stopped by ${name}`));
    });
  };
  on("SIGINT", EXIT.interrupted);
  on("SIGTERM", EXIT.terminated);
  return controller.signal;
};

/** A reader that has gone away (`| head`) changes nothing; a disk that is full does. */
const watch = (stream: NodeJS.WritableStream): void => {
  stream.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code !== "EPIPE") process.exitCode ||= EXIT.io;
  });
};

const main = async (args: readonly string[]): Promise<void> => {
  if (args.length === 1 && (args[0] === "--version" || args[0] === "-V")) {
    process.stdout.write(`${version()}\n`);
    return;
  }
  const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
  if (major < 22 || (major === 22 && minor < 18)) {
    process.stderr.write(`posthorn: it needs Node 22.18 or later, and this is ${process.version}\n`);
    process.exitCode = EXIT.software;
    return;
  }
  const signal = stopping();
  const { run } = await import("./run.ts");
  const { stdin, stdout, stderr, env } = process;
  watch(stdout);
  watch(stderr);
  process.exitCode = await run(args, { stdin, stdout, stderr, env, signal });
  // A terminal or a pipe that nobody closes must not keep the program.
  stdin.unref?.();
};

await main(process.argv.slice(2));
