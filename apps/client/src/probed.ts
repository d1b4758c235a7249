/** What `posthorn probe` found out about a server: the facts, before anything is said about them. */
import type { Reply } from "@posthorn/contract";
import type { TlsReport } from "./tls-report.ts";

/** Keywords of a hello, in the server's order, with what follows each. */
export type Offered = ReadonlyMap<string, string | undefined>;

/** The facts. */
export interface Probed {
  readonly server: string;
  readonly port: number | undefined;
  readonly protocol: "smtp" | "lmtp";
  readonly address: string | undefined;
  readonly greeting: Reply | undefined;
  /** The verb that the server accepted: `EHLO`, `HELO` or `LHLO`. */
  readonly hello: string;
  readonly helloReply: Reply | undefined;
  /** What it offered before STARTTLS; the same as `offered` where no TLS was begun that way. */
  readonly offeredInClear: Offered | undefined;
  readonly offered: Offered;
  /** Keywords that stand more than once in one reply. */
  readonly twice: readonly string[];
  /** Keywords of extensions that we have, whose lines cannot be read or whose requirements are not met. */
  readonly unusable: readonly string[];
  /** Keywords of extensions that we have. */
  readonly known: readonly string[];
  readonly tls: TlsReport | undefined;
  /** How TLS was begun. */
  readonly begun: "implicit" | "starttls" | undefined;
  /** Why a handshake failed, where one did and the connection was made again without. */
  readonly tlsFailure: string | undefined;
  /** The reply to NOOP. */
  readonly noop: Reply | undefined;
}
