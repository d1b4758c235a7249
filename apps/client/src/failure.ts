/** What went wrong, as an exit code and one line for a person. */
import { ClientError, type FailureKind } from "@posthorn/client";
import { CompositionError, LocalProtocolError, type Reply } from "@posthorn/contract";
import { EXIT, type ExitCode, Stop } from "./exit.ts";
import { sentenceOf } from "./text.ts";

/** A failure, ready to be told. */
export interface Failure {
  readonly exit: ExitCode;
  /** A stable name of what went wrong. */
  readonly code: string;
  /** One printable line. */
  readonly message: string;
  /** Whether the same may succeed later. */
  readonly retry: boolean;
  readonly reply: Reply | undefined;
}

const BY_KIND: Readonly<Record<FailureKind, ExitCode>> = {
  usage: EXIT.usage,
  content: EXIT.data,
  "no-host": EXIT.noHost,
  unavailable: EXIT.unavailable,
  temporary: EXIT.temporary,
  io: EXIT.io,
  protocol: EXIT.protocol,
  "no-permission": EXIT.noPermission,
  tls: EXIT.config,
};

/** The exit code for a failure of the connection: a 4yz always means that it may work later (RFC 5321 §4.2.1). */
export const exitOf = ({ kind, code, reply }: ClientError): ExitCode => {
  if (reply !== undefined && reply.code >= 400 && reply.code < 500 && kind !== "protocol") return EXIT.temporary;
  if (code === "tls-failed") return EXIT.protocol;
  return BY_KIND[kind];
};

const HINTS: ReadonlyMap<string, string> = new Map([
  [
    "certificate-untrusted",
    "trust its authority with --ca FILE, or the certificate itself with --verify sha256:FINGERPRINT (posthorn probe shows it)",
  ],
  [
    "certificate-expired",
    "the server needs a new one; --verify sha256:FINGERPRINT trusts this one (posthorn probe shows it)",
  ],
  ["certificate-name", "say the name that it is for with --servername NAME"],
  ["tls-unavailable", "another port may have it (465 with --tls implicit, 587); --tls opportunistic does without"],
  ["connect-failed", "see that a server listens there, and that nothing in between forbids it"],
  ["host-not-found", "look at the spelling of --server"],
]);

const withHint = (message: string, code: string): string => {
  const hint = HINTS.get(code);
  return hint === undefined ? message : `${message}; ${hint}`;
};

/** Node's own advice, which is for who starts Node. */
const NODE_ADVICE = /; if the root CA is installed locally, try running Node\.js with --use-system-ca/;

/** What a `Stop` is called: as its exit code is in `EXIT`. */
const NAMES: ReadonlyMap<ExitCode, string> = new Map(
  Object.entries(EXIT).map(([name, exit]) => [exit, name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)]),
);

/** Describes whatever was thrown. */
export const failureOf = (error: unknown, signal: AbortSignal): Failure => {
  if (signal.aborted && signal.reason instanceof Stop && !(error instanceof Stop))
    return failureOf(signal.reason, signal);
  const message = sentenceOf(error).replace(NODE_ADVICE, "");
  const told = { message, retry: false, reply: undefined };
  if (error instanceof Stop)
    return {
      ...told,
      exit: error.exit,
      code: NAMES.get(error.exit) ?? "software",
      retry: error.exit === EXIT.temporary,
    };
  if (error instanceof ClientError)
    return {
      exit: exitOf(error),
      code: error.code,
      message: withHint(message, error.code),
      retry: error.retry,
      reply: error.reply,
    };
  if (error instanceof LocalProtocolError || error instanceof CompositionError)
    return { ...told, exit: EXIT.usage, code: error.code };
  return { ...told, exit: EXIT.software, code: "software" };
};
