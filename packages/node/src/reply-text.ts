/**
 * The text of replies of servers that send octets above 127 and do not say what they are. UTF-8 is hardly ever met by
 * chance, so that octets that are UTF-8 are taken for it; others are of the charset that was chosen for them.
 */
import type { ReceivedReply } from "@posthorn/contract";
import { charset } from "./charset.ts";

/** How to read octets that nobody has named. */
export interface ReplyTextOptions {
  /** What the server is known to send: asked first. */
  readonly charset?: string | undefined;
  /** What to take octets for that are no UTF-8. Default `windows-1252`. */
  readonly fallback?: string | undefined;
}

const DEFAULT_FALLBACK = "windows-1252";

/** One character an octet: loses nothing, and fits everything. */
const octetByOctet = (octets: Uint8Array): string => Buffer.from(octets).toString("latin1");

/** All lines by one charset, or `undefined` where one of them does not fit it. */
const readAll = (lines: readonly Uint8Array[], label: string): readonly string[] | undefined => {
  const known = charset(label);
  const read = lines.map((line) => known?.decodeExactly(line));
  const texts = read.filter((text) => text !== undefined);
  return texts.length === lines.length ? texts : undefined;
};

const withoutStatus = (line: string, status: string | undefined): string => {
  if (status === undefined || !line.startsWith(status)) return line;
  return line.slice(status.length).replace(/^[ \t]+/, "");
};

/**
 * The lines of a reply as text, without its status: by the charset that was chosen, if they fit it; else as UTF-8, if
 * they are; else by the fallback; else one character an octet. No octet is ever replaced.
 * @example
 * replyText(reply, { charset: "koi8-r" });
 */
export const replyText = (reply: ReceivedReply, options: ReplyTextOptions = {}): readonly string[] => {
  const { octets, status } = reply;
  if (octets === undefined) return reply.lines;
  const { charset: chosen, fallback = DEFAULT_FALLBACK } = options;
  const read =
    (chosen === undefined ? undefined : readAll(octets, chosen)) ??
    readAll(octets, "utf-8") ??
    readAll(octets, fallback) ??
    octets.map(octetByOctet);
  return read.map((line) => withoutStatus(line, status));
};
