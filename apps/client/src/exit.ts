/**
 * How the program ends: the codes of sysexits(3), and the one error that carries such a code to `main`. A code is a
 * promise to a script, so each stands here with what it promises.
 */

/** The codes that posthorn ends by. */
export const EXIT = {
  /** Every recipient was accepted; what was asked for was done. */
  ok: 0,
  /** The command line is wrong. Nothing was sent. */
  usage: 64,
  /** The content cannot be sent, by itself or to this server. Nothing was sent. */
  data: 65,
  /** A file that was named cannot be opened. Nothing was sent. */
  noInput: 66,
  /** There is no such host. */
  noHost: 68,
  /** A recipient, or the connection, was refused for good; or some were accepted and others not. */
  unavailable: 69,
  /** A fault of the program itself. */
  software: 70,
  /** Reading or writing failed; also where all was sent and no reply came, so that it may have arrived. */
  io: 74,
  /** Nobody was accepted and nobody refused for good: trying again sends nothing twice. */
  temporary: 75,
  /** The server broke the protocol. */
  protocol: 76,
  /** The credentials were not accepted, or could not be used. */
  noPermission: 77,
  /** What is configured and what the server has do not fit: TLS that is required, a certificate, an empty password file. */
  config: 78,
  /** Ctrl-C (128 and the number of SIGINT): given up, and nothing was accepted. */
  interrupted: 130,
  /** SIGTERM, likewise. */
  terminated: 143,
} as const;

/** One of `EXIT`. */
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** The program cannot go on: its message is the one line that a person gets. */
export class Stop extends Error {
  /** What the process ends by. */
  readonly exit: ExitCode;

  constructor(exit: ExitCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "Stop";
    this.exit = exit;
  }
}

/** The code of an error of the system, such as `ENOENT`; empty where there is none. */
export const systemCode = (error: unknown): string =>
  error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : "";
