/**
 * The dialogue as text: `C:` and `S:` lines of printable characters, secrets masked, content by its length. Made from
 * observations, so that what is secret never was in it.
 */
import type { Reply } from "@posthorn/contract";
import { replyText, type ReplyTextOptions } from "@posthorn/node";
import { escape } from "@posthorn/wire";
import type { Listener, Observation } from "./observe.ts";

/** What stands for a secret. */
const MASK = "****";

const replyLines = (reply: Reply, options: ReplyTextOptions): readonly string[] => {
  const { code, status } = reply;
  const said = replyText(reply, options);
  const text = said.length === 0 ? [""] : said;
  return text.map((line, at) => {
    const words = [status, escape(line)].filter((word) => word !== undefined && word !== "").join(" ");
    const end = at === text.length - 1;
    return words === "" && end ? String(code) : `${code}${end ? " " : "-"}${words}`;
  });
};

const linesOf = (seen: Observation, options: ReplyTextOptions): readonly string[] => {
  switch (seen.type) {
    case "connecting":
      return [`* connecting to ${escape(seen.address)}${seen.port === undefined ? "" : ` port ${seen.port}`}`];
    case "tls": {
      const { version, cipher, peer } = seen.tls;
      const words = [
        version,
        cipher,
        peer === undefined ? undefined : `peer ${escape(peer)}`,
        seen.resumed ? "resumed" : undefined,
      ];
      return [`* TLS: ${words.filter((word) => word !== undefined).join(", ")}`];
    }
    case "command": {
      const argument = seen.raw === undefined ? "" : ` ${escape(seen.raw)}`;
      return [`C: ${seen.verb}${argument}${seen.secret ? ` ${MASK}` : ""}`];
    }
    case "reply":
      return seen.secret
        ? [`S: ${seen.reply.code} ${MASK}`, `C: ${MASK}`]
        : replyLines(seen.reply, options).map((line) => `S: ${line}`);
    case "transferred":
      return [`C: <${seen.octets} octets of content>`];
    case "closed":
      return [`* closed: ${escape(seen.reason)}`];
    case "connected":
    case "ready":
    case "transfer":
    case "verdict":
    case "outcome":
      return [];
    default:
      return seen satisfies never;
  }
};

/**
 * A listener that writes a transcript, line by line, without line endings. `options` say how to read replies that are
 * not ASCII.
 *
 * @example
 * const connection = await connect({ host: "mail.example", observe: transcript((line) => console.error(line)) });
 */
export const transcript =
  (write: (line: string) => void, options: ReplyTextOptions = {}): Listener =>
  (seen) => {
    for (const line of linesOf(seen, options)) write(line);
  };
