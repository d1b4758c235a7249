/**
 * A message made from options: the fields that RFC 5322 §3.6 wants, a subject, and a body of text. Everything in it is
 * ASCII but for addresses and fields that were given otherwise, so that it can go to any server: a subject by encoded
 * words, a body that is not plain by base64 (RFC 2045 §6.8).
 */
import { randomUUID } from "node:crypto";
import { hostname } from "node:os";
import type { ForwardPath, ReversePath } from "@posthorn/contract";
import { dateTime } from "@posthorn/node";
import { formatMailbox, isDomain } from "@posthorn/wire";
import { encodedWords } from "./encoded-word.ts";
import { type Field, headerText, withDefaults } from "./header.ts";

/** What the message is made from. */
export interface Draft {
  readonly from: ReversePath;
  readonly to: readonly ForwardPath[];
  readonly subject: string | undefined;
  /** Text; line endings of any kind. */
  readonly body: string;
  /** Fields that were given: they replace those that would be made. */
  readonly fields: readonly Field[];
  readonly now: Date;
}

const ASCII_GRAMMAR = { utf8: false };

const machine = (): string => (isDomain(hostname(), ASCII_GRAMMAR) ? hostname() : "localhost");

const domainOf = (from: ReversePath): string =>
  from !== null && isDomain(from.domain, ASCII_GRAMMAR) ? from.domain : machine();

const mailboxText = (path: ForwardPath): string => (path.domain === "" ? "postmaster" : formatMailbox(path));

const LONGEST_LINE = 998;

const isPlain = (body: string): boolean =>
  /^[\r\n\t\u0020-\u007E]*$/.test(body) && body.split("\r\n").every((line) => line.length <= LONGEST_LINE);

/** Lines that end in CRLF, the last one too. */
const lines = (body: string): string => {
  const text = body.replaceAll(/\r\n|\r|\n/g, "\r\n");
  return text === "" || text.endsWith("\r\n") ? text : `${text}\r\n`;
};

const base64Lines = (text: string): string =>
  (
    Buffer.from(text, "utf8")
      .toString("base64")
      .match(/.{1,76}/g) ?? []
  )
    .map((line) => `${line}\r\n`)
    .join("");

/** The message, its lines ending in CRLF. */
export const composeMessage = (draft: Draft): string => {
  const { from, to, subject, fields, now } = draft;
  const body = lines(draft.body);
  const coded = fields.some(({ name }) => name.toLowerCase() === "content-transfer-encoding");
  const base64 = !coded && !isPlain(body);
  const defaults: Field[] = [
    { name: "Date", value: dateTime(now) },
    { name: "From", value: from === null ? `MAILER-DAEMON@${machine()}` : formatMailbox(from) },
    { name: "To", value: to.map(mailboxText).join(",\r\n ") },
    { name: "Message-ID", value: `<${randomUUID()}@${domainOf(from)}>` },
    ...(subject === undefined ? [] : [{ name: "Subject", value: encodedWords(subject) }]),
    { name: "MIME-Version", value: "1.0" },
    { name: "Content-Type", value: `text/plain; charset=${base64 || coded ? "utf-8" : "us-ascii"}` },
    ...(base64 ? [{ name: "Content-Transfer-Encoding", value: "base64" }] : []),
  ];
  return `${headerText(withDefaults(defaults, fields))}\r\n${base64 ? base64Lines(body) : body}`;
};
