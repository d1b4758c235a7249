/** What a hook sees of a session: who is there, what was said, what extensions know. It only reads. */
import type { Extensions, ForwardPath, ParamsOf, Phase, ReversePath, StateOf, Tls } from "@posthorn/contract";
import type { Complete } from "./sink.ts";

/**
 * What a listener is for: `exchanger` takes mail from anybody for whom the hooks accept (RFC 5321); `submission` takes
 * it from users, MAIL being 530 before TLS and before AUTH (RFC 6409 §4.3); `lmtp` from another mail server, with a
 * reply for each recipient (RFC 2033).
 */
export type Role = "exchanger" | "submission" | "lmtp";

/** One end of a connection; on a Unix socket the address is empty and the port 0. */
export interface Endpoint {
  readonly address: string;
  readonly port: number;
}

/** MAIL: the reverse-path and the parameters of the extensions that were offered (RFC 5321 §4.1.1.2). */
export interface Mail<X extends Extensions = Extensions> {
  readonly path: ReversePath;
  readonly params: ParamsOf<X, "mail">;
}

/** RCPT: one forward-path with its parameters (RFC 5321 §4.1.1.3). */
export interface Recipient<X extends Extensions = Extensions> {
  readonly path: ForwardPath;
  readonly params: ParamsOf<X, "rcpt">;
}

/** The envelope of a message whose content comes (RFC 5321 §2.3.1). The same object in `content` and `message`. */
export interface Envelope<X extends Extensions = Extensions> {
  /** The name of the message: that of its session and a number. It stands in the reply, in what is observed, and may stand in Received. */
  readonly id: string;
  readonly mail: Mail<X>;
  /** Those who were accepted, in order. */
  readonly recipients: readonly Recipient<X>[];
  /** Whether it is a message of RFC 6531: SMTPUTF8 was said. */
  readonly utf8: boolean;
}

/** A message whose content is complete. */
export interface Message<X extends Extensions = Extensions> extends Complete {
  readonly envelope: Envelope<X>;
  /** How many replies are wanted: 1, or in LMTP one for each accepted recipient (RFC 2033 §4.2). */
  readonly wants: number;
}

/** A session, for hooks. */
export interface Session<X extends Extensions = Extensions> {
  /** Its name, 12 letters and digits. */
  readonly id: string;
  /** What its listener is for. */
  readonly role: Role;
  readonly protocol: "smtp" | "lmtp";
  /** The client. */
  readonly remote: Endpoint;
  /** The address that it came to. */
  readonly local: Endpoint;
  /** Aborts when the connection is gone, so that nobody works for a peer that has left. */
  readonly signal: AbortSignal;
  /** The TLS layer, once there is one. */
  readonly tls: Tls | undefined;
  /** How far the dialogue is: `ready`, `mail`, `rcpt`, …, or a phase of an extension. */
  readonly phase: Phase;
  /** The hello in force, its domain as it stood on the wire: nothing that one may trust. */
  readonly hello: { readonly verb: string; readonly domain: string } | undefined;
  /** The transaction, once MAIL was accepted. */
  readonly mail: Mail<X> | undefined;
  /** Those who were accepted in it. */
  readonly recipients: readonly Recipient<X>[];
  /** Whether the transaction is one of RFC 6531: SMTPUTF8 was said. */
  readonly utf8: boolean;
  /** Transactions so far. */
  readonly transactions: number;
  /** Octets that came before the greeting, which a mail client waits for. */
  readonly earlyTalk: number;
  /** What each extension remembers, by its keyword: `state.AUTH.identity`. */
  readonly state: StateOf<X>;
  /** What an extension published: `authenticated`, the name that AUTH proved. */
  fact(name: string): unknown;
  /** Whether the keyword stands in the EHLO reply that is in force. */
  offered(keyword: string): boolean;
}
