/**
 * The fields that a delivery writes above the message (RFC 5321 §4.4): Return-Path, Delivered-To, Received. They are
 * made of what a peer said, so each word of them is either of a grammar that was checked or escaped here: no octet of a
 * peer's ends a line or a comment (C4).
 */
import type { Mailbox, ReversePath } from "@posthorn/contract";
import { dateTime } from "@posthorn/node";
import { escape, formatMailbox } from "@posthorn/wire";
import type { HeloArgument } from "@posthorn/wire";

/** What a Received field tells of a delivery. */
export interface Passage {
  /** Our own name. */
  readonly by: string;
  /** The session's id, an Atom. */
  readonly id: string;
  /** What the client called itself; `undefined` if nothing. */
  readonly hello: HeloArgument | undefined;
  /** Whether it said EHLO or LHLO, not HELO. */
  readonly extended: boolean;
  readonly protocol: "smtp" | "lmtp";
  /** The client's IP address; `undefined` where it came through a socket that has none. */
  readonly address: string | undefined;
  readonly tls: { readonly version: string; readonly cipher?: string } | undefined;
  readonly authenticated: boolean;
  /** Whether MAIL had SMTPUTF8. */
  readonly utf8: boolean;
  /** The recipient, if there is exactly one (RFC 5321 §7.2: more would disclose one to another). */
  readonly only: Mailbox | undefined;
  readonly when: Date;
}

/** A comment (RFC 5322 §3.2.2) that holds any text: printable US-ASCII, brackets and backslashes quoted. */
const comment = (text: string): string => {
  const plain = escape(text).replace(/[^ -~]/gu, (other) => `\\u{${(other.codePointAt(0) ?? 0).toString(16)}}`);
  return `(${plain.replace(/[()\\]/g, "\\$&")})`;
};

const literal = (address: string): string => (address.includes(":") ? `[IPv6:${address}]` : `[${address}]`);

/** The protocol's name: RFC 3848 §4, and RFC 6531 §4.3 where the transaction is one of UTF-8. */
export const withProtocol = (
  passage: Pick<Passage, "protocol" | "extended" | "tls" | "authenticated" | "utf8">,
): string => {
  const { protocol, extended, tls, authenticated, utf8 } = passage;
  if (protocol === "smtp" && !extended) return "SMTP";
  const marks = `${tls === undefined ? "" : "S"}${authenticated ? "A" : ""}`;
  if (protocol === "lmtp") return `${utf8 ? "UTF8LMTP" : "LMTP"}${marks}`;
  return `${utf8 ? "UTF8SMTP" : "ESMTP"}${marks}`;
};

const fromClause = ({ hello, address }: Passage): string => {
  const peer = address === undefined ? "(local socket)" : `(${literal(address)})`;
  if (hello !== undefined && hello.kind !== "opaque") return `from ${hello.text} ${peer}`;
  const said = hello === undefined ? "" : ` ${comment(`HELO ${hello.text}`)}`;
  return address === undefined ? `from localhost ${peer}${said}` : `from ${literal(address)} ${peer}${said}`;
};

/** The Received field (RFC 5321 §4.4), its line endings included. */
export const received = (passage: Passage): string => {
  const { by, id, tls, only, when } = passage;
  const lines = [`Received: ${fromClause(passage)}`, `by ${by} (posthornd) with ${withProtocol(passage)} id ${id}`];
  if (tls !== undefined) lines.push(comment(`${tls.version}${tls.cipher === undefined ? "" : ` ${tls.cipher}`}`));
  if (only !== undefined) lines.push(`for <${formatMailbox(only)}>`);
  return `${lines.join("\r\n\t")};\r\n\t${dateTime(when)}\r\n`;
};

/** The Return-Path field (RFC 5321 §4.4), its line ending included. */
export const returnPath = (path: ReversePath): string => `Return-Path: <${formatMailbox(path)}>\r\n`;

/** The Delivered-To field, its line ending included. */
export const deliveredTo = (mailbox: Mailbox): string => `Delivered-To: ${formatMailbox(mailbox)}\r\n`;
