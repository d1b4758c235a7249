/**
 * How a server compares with the RFCs. Each rule is one line that says what was found and where it is written; a rule
 * that finds nothing to say says so, or nothing at all.
 */
import { isKeyword, parseEhloLine } from "@posthorn/wire";
import type { Probed } from "./probed.ts";
import { tlsFindings } from "./tls-findings.ts";

/**
 * `ok`: as an RFC wants it. `must`: against a MUST. `should`: against a SHOULD. `note`: worth knowing.
 */
export type Level = "ok" | "must" | "should" | "note";

/** One thing that was found. */
export interface Finding {
  readonly level: Level;
  readonly text: string;
  /** The clause. */
  readonly rfc: string;
}

const finding = (level: Level, text: string, rfc: string): Finding => ({ level, text, rfc });

type Rule = (probed: Probed) => readonly Finding[];

/** The first word of a greeting or of a hello's reply is a domain or an address literal. */
const names = (text: string | undefined): boolean =>
  /^(?:\[[^\]\s]+\]|[\p{L}\p{N}][\p{L}\p{N}.-]*)(?:\s|$)/u.test(text ?? "");

const greeting: Rule = ({ greeting: reply }) => {
  if (names(reply?.lines[0])) return [finding("ok", "the greeting names the server", "RFC 5321 §4.2")];
  return [finding("must", "the greeting does not begin with the server's domain", "RFC 5321 §4.2")];
};

const hello: Rule = ({ hello: verb, helloReply }) => {
  if (verb === "HELO")
    return [finding("must", "EHLO is not understood, only HELO: no extension can be used", "RFC 5321 §2.2.1")];
  if (names(helloReply?.lines[0])) return [finding("ok", `${verb} is understood`, "RFC 5321 §4.1.1.1")];
  return [finding("must", `the reply to ${verb} does not begin with the server's domain`, "RFC 5321 §4.1.1.1")];
};

const isNoKeyword = (line: string): boolean => {
  const keyword = parseEhloLine(line)?.keyword ?? "";
  return !isKeyword(keyword) && !OBSOLETE.has(keyword);
};

const lines: Rule = ({ helloReply, twice }) => {
  const unread = (helloReply?.lines.slice(1) ?? []).filter(isNoKeyword);
  return [
    ...unread.map((line) =>
      finding("must", `the line "${line}" is no keyword with its parameters`, "RFC 5321 §4.1.1.1"),
    ),
    ...twice.map((keyword) =>
      finding("note", `${keyword} is offered more than once: the first counts`, "RFC 5321 §2.2.2"),
    ),
  ];
};

interface Wanted {
  readonly keyword: string;
  readonly level: "must" | "should";
  readonly rfc: string;
}

const wanted = (keyword: string, level: "must" | "should", rfc: string): Wanted => ({ keyword, level, rfc });

const RELAY: readonly Wanted[] = [wanted("8BITMIME", "should", "RFC 5321 §2.4")];

const LMTP: readonly Wanted[] = [
  wanted("PIPELINING", "must", "RFC 2033 §5"),
  wanted("ENHANCEDSTATUSCODES", "must", "RFC 2033 §5"),
  wanted("8BITMIME", "should", "RFC 2033 §5"),
];

const SUBMISSION: readonly Wanted[] = [
  wanted("AUTH", "must", "RFC 6409 §7"),
  wanted("8BITMIME", "should", "RFC 6409 §7"),
  wanted("PIPELINING", "should", "RFC 6409 §7"),
  wanted("ENHANCEDSTATUSCODES", "should", "RFC 6409 §7"),
  wanted("DSN", "should", "RFC 6409 §7"),
];

const SUBMISSION_PORTS: readonly (number | undefined)[] = [587, 465];

/** What a server of this role has to offer. AUTH counts if it is offered at any time: before TLS it may be withheld. */
const role: Rule = ({ protocol, port, offered }) => {
  const list = protocol === "lmtp" ? LMTP : SUBMISSION_PORTS.includes(port) ? SUBMISSION : RELAY;
  return list.map(({ keyword, level, rfc }) =>
    offered.has(keyword)
      ? finding("ok", `${keyword} is offered`, rfc)
      : finding(level, `${keyword} is not offered`, rfc),
  );
};

const USEFUL: readonly (readonly [keyword: string, without: string, rfc: string])[] = [
  ["PIPELINING", "every command waits for its reply", "RFC 2920"],
  ["SIZE", "a message that is too large is refused only after it was sent", "RFC 1870"],
  ["SMTPUTF8", "no mail for addresses that are not ASCII", "RFC 6531"],
  ["ENHANCEDSTATUSCODES", "reasons are known by their text only", "RFC 2034"],
  ["DSN", "no notifications as the sender wants them", "RFC 3461"],
  ["CHUNKING", "no BDAT, and no binary content", "RFC 3030"],
];

const useful: Rule = ({ hello: verb, offered }) =>
  verb === "HELO"
    ? []
    : USEFUL.filter(([keyword]) => !offered.has(keyword)).map(([keyword, without, rfc]) =>
        finding("note", `${keyword} is not offered: ${without}`, rfc),
      );

const REQUIRES: readonly (readonly [keyword: string, other: string, rfc: string])[] = [
  ["SMTPUTF8", "8BITMIME", "RFC 6531 §3.1"],
  ["BINARYMIME", "CHUNKING", "RFC 3030 §3"],
];

const requirements: Rule = ({ offered, unusable }) => {
  const missing = REQUIRES.filter(([keyword, other]) => offered.has(keyword) && !offered.has(other));
  const explained = new Set(missing.map(([keyword]) => keyword));
  return [
    ...missing.map(([keyword, other, rfc]) => finding("must", `${keyword} is offered without ${other}`, rfc)),
    ...unusable
      .filter((keyword) => !explained.has(keyword))
      .map((keyword) =>
        finding(
          "must",
          `${keyword} ${offered.get(keyword) ?? ""} cannot be read: it counts as not offered`,
          "RFC 5321 §4.1.1.1",
        ),
      ),
  ];
};

/** RFC 2034 §4: enhanced codes in every 2yz, 4yz and 5yz, but for the greeting and the hello. */
const statusCodes: Rule = ({ offered, noop }) => {
  if (!offered.has("ENHANCEDSTATUSCODES") || noop === undefined) return [];
  return noop.status === undefined
    ? [finding("must", "ENHANCEDSTATUSCODES is offered, and the reply to NOOP has none", "RFC 2034 §4")]
    : [finding("ok", "replies have enhanced status codes", "RFC 2034 §4")];
};

const OBSOLETE: ReadonlyMap<string, string> = new Map([
  ["TURN", "RFC 5321 §F.1"],
  ["SEND", "RFC 5321 §F.6"],
  ["SOML", "RFC 5321 §F.6"],
  ["SAML", "RFC 5321 §F.6"],
  ["XEXCH50", "RFC 5321 §4.1.5"],
  ["AUTH=LOGIN", "RFC 4954 §3"],
]);

const others: Rule = ({ offered, known, port }) =>
  [...offered.keys()].flatMap((keyword) => {
    const obsolete = OBSOLETE.get(keyword);
    if (obsolete !== undefined) return [finding("note", `${keyword} is obsolete`, obsolete)];
    if (keyword === "ETRN" && SUBMISSION_PORTS.includes(port))
      return [finding("must", "ETRN is offered for submission", "RFC 6409 §7")];
    if (known.includes(keyword) || BASE_VERBS.has(keyword) || !isKeyword(keyword)) return [];
    return [finding("note", `${keyword} is none of the extensions that posthorn uses`, "RFC 5321 §2.2.2")];
  });

/** Base verbs that a server may name beside its extensions (RFC 5321 §4.1.1.1, §3.5.2). */
const BASE_VERBS: ReadonlySet<string> = new Set(["HELP", "VRFY", "EXPN"]);

const RULES: readonly Rule[] = [greeting, hello, lines, role, requirements, statusCodes, tlsFindings, useful, others];

const ORDER: readonly Level[] = ["must", "should", "note", "ok"];

/** Everything that can be said, the worst first. */
export const findings = (probed: Probed): readonly Finding[] =>
  RULES.flatMap((rule) => rule(probed)).toSorted((a, b) => ORDER.indexOf(a.level) - ORDER.indexOf(b.level));
