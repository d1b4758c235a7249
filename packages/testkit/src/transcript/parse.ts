/**
 * Transcripts: dialogues as RFCs print them, in a text that a person can read and both machines can play.
 *
 *     # A comment. First a head, `word: value` a line; then the dialogue.
 *     title: RFC 5321 appendix D.1
 *     protocol: lmtp            (smtp where not said)
 *     extensions: SIZE=1000 DSN (for who composes: the names are free)
 *     roles: server             (which machines may play it: server client, where not said)
 *
 *     S: 220 foo.example ready          a line of a reply; `250-` goes on
 *     S= 250 OK                         the same, but the text must be this, too
 *     C: MAIL FROM:<a@b.example>        a line, in UTF-8, its CRLF understood
 *     C: (40 octets of content)         so many octets that are no command: lines, where there is room for CRLF
 *     C: (40 octets of 8-bit content)   the same with octets above 127
 *     C: (40 octets of binary content)  any octets
 *     C: (TLS handshake)                the connection is made secure
 *
 * Empty lines mean nothing. Replies are compared by code, by status where both have one, and a hello's reply by its
 * keywords; by text only where the line says `S=`.
 */
import type { Reply } from "@posthorn/contract";
import { encodeUtf8 } from "@posthorn/wire";
import { joined, octetsOf } from "../octets.ts";
import { repliesOf } from "../lockstep.ts";

/** One step of a transcript. */
export type Step =
  | { readonly by: "client"; readonly octets: Uint8Array; readonly line: string | undefined }
  | { readonly by: "server"; readonly octets: Uint8Array; readonly reply: Reply; readonly exact: boolean }
  | { readonly by: "both"; readonly what: "handshake" };

/** A dialogue, read. */
export interface Transcript {
  readonly title: string;
  readonly protocol: "smtp" | "lmtp";
  /** The words of `extensions:`. */
  readonly extensions: readonly string[];
  readonly roles: readonly string[];
  readonly steps: readonly Step[];
}

const CONTENT = /^\((\d+) octets of (?:(8-bit|binary) )?content\)$/;

/** Lines of 72 octets; what is left for the last one is never too short for its CRLF, if there is room at all. */
const filler = (count: number, kind: string | undefined): Uint8Array => {
  if (kind === "binary") return Uint8Array.from({ length: count }, (_, at) => (at * 7) % 256);
  const letter = kind === "8-bit" ? "\u00e9" : "x";
  let text = "";
  for (let left = count; left > 0;) {
    const take = left < 76 ? left : 72;
    text += take < 2 ? letter : `${letter.repeat(take - 2)}\r\n`;
    left -= take;
  }
  return octetsOf(text);
};

/** Reads the part of a line behind `C:`. */
const clientStep = (text: string): Step => {
  if (text === "(TLS handshake)") return { by: "both", what: "handshake" };
  const found = CONTENT.exec(text);
  if (found !== null) return { by: "client", octets: filler(Number(found[1]), found[2]), line: undefined };
  return { by: "client", octets: encodeUtf8(`${text}\r\n`), line: text };
};

const wrong = (at: number, what: string): never => {
  throw new TypeError(`transcript, line ${at + 1}: ${what}`);
};

/** Reads a dialogue. @throws TypeError naming the line that is none. */
export const parseTranscript = (text: string): Transcript => {
  const head = new Map<string, string>();
  const steps: Step[] = [];
  let held: string[] = [];
  for (const [at, line] of text.split(/\r?\n/).entries()) {
    if (line.trim() === "" || line.startsWith("#")) continue;
    const said = /^([CS])([:=])(?: (.*))?$/.exec(line);
    if (said === null) {
      const word = /^([a-z]+): +(.*?)\s*$/.exec(line);
      if (word === null || steps.length > 0) wrong(at, "neither a comment, nor C: or S:, nor a word of the head");
      else head.set(word[1] ?? "", word[2] ?? "");
      continue;
    }
    const [, who, mark, what = ""] = said;
    if (who === "C") {
      if (held.length > 0) wrong(at, "the reply before it is not complete");
      steps.push(clientStep(what));
      continue;
    }
    held.push(`${what}\r\n`);
    if (/^\d{3}-/.test(what)) continue;
    const octets = joined(held.map(encodeUtf8));
    held = [];
    const [reply] = repliesOf(octets);
    if (reply === undefined) wrong(at, "no reply");
    else steps.push({ by: "server", octets, reply, exact: mark === "=" });
  }
  if (held.length > 0) throw new TypeError("transcript: the last reply is not complete");
  const words = (name: string): readonly string[] => (head.get(name) ?? "").split(/\s+/).filter((word) => word !== "");
  const roles = words("roles");
  return {
    title: head.get("title") ?? "",
    protocol: head.get("protocol") === "lmtp" ? "lmtp" : "smtp",
    extensions: words("extensions"),
    roles: roles.length === 0 ? ["server", "client"] : roles,
    steps,
  };
};
