/**
 * The program as a function: for programs that want what `posthorn` does without a process of its own.
 *
 * @packageDocumentation
 */
export { EXIT, type ExitCode } from "./exit.ts";
export { run } from "./run.ts";
export type { Terminal } from "./terminal.ts";
