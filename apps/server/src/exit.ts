/**
 * How the program ends: the codes of sysexits(3), and the one error that carries such a code to `main`. Whatever an
 * operator got wrong is one line on standard error, and a number that a script can act on.
 */

/** The codes of sysexits(3) that posthornd ends by. */
export const EXIT = {
  /** All went well. */
  ok: 0,
  /** The command line is wrong. */
  usage: 64,
  /** What was given to read is not what it should be. */
  data: 65,
  /** An address or a port cannot be had. */
  unavailable: 69,
  /** A fault of the program itself. */
  software: 70,
  /** A file or folder cannot be made. */
  cannotCreate: 73,
  /** The system does not permit it. */
  noPermission: 77,
  /** The configuration is wrong. */
  config: 78,
} as const;

/** One of `EXIT`. */
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** The program cannot go on: its message is the one line that the operator gets. */
export class Stop extends Error {
  /** What the process ends by. */
  readonly exit: ExitCode;

  constructor(exit: ExitCode, message: string) {
    super(message);
    this.name = "Stop";
    this.exit = exit;
  }
}

/** What went wrong, in one line, whoever threw it. */
export const reasonOf = (error: unknown): string => {
  const text = error instanceof Error ? error.message : String(error);
  return text
    .trim()
    .split(/\s*[\r\n]+\s*/)
    .join(" ");
};

/** The code of an error of the system (`ENOENT`), or `undefined`. */
export const systemCode = (error: unknown): string | undefined =>
  error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : undefined;
