/** What a probe says, for a program and for a person. */
import type { Reply } from "@posthorn/contract";
import type { Finding, Level } from "./findings.ts";
import type { Offered, Probed } from "./probed.ts";
import { columns, count, type Paint, printable } from "./text.ts";

/** A keyword as `--json` has it. */
interface Keyword {
  readonly keyword: string;
  readonly params: string | undefined;
}

/** Everything that a probe found, as `--json` has it. */
export interface ProbeReport extends Omit<Probed, "offered" | "offeredInClear" | "known"> {
  readonly ok: true;
  readonly exit: 0;
  readonly offered: readonly Keyword[];
  readonly offeredInClear: readonly Keyword[] | undefined;
  readonly findings: readonly Finding[];
}

const keywords = (offered: Offered): readonly Keyword[] =>
  [...offered].map(([keyword, params]) => ({ keyword, params }));

/** Puts it together. */
export const probeReport = (probed: Probed, findings: readonly Finding[]): ProbeReport => {
  const { known: _, offered, offeredInClear, ...rest } = probed;
  return {
    ok: true,
    exit: 0,
    ...rest,
    offered: keywords(offered),
    offeredInClear: offeredInClear === undefined ? undefined : keywords(offeredInClear),
    findings,
  };
};

const replyText = (reply: Reply | undefined): string =>
  reply === undefined
    ? "none"
    : [reply.code, reply.status, ...reply.lines.slice(0, 1)].filter((word) => word !== undefined).join(" ");

const dateOf = (time: string): string => time.slice(0, 10);

const tlsRows = ({ tls, begun, tlsFailure }: Probed): readonly (readonly string[])[] => {
  if (tls === undefined) return [["TLS", tlsFailure === undefined ? "none" : `none: ${tlsFailure}`]];
  const { version, cipher, certificate, trusted, reason } = tls;
  const rows = [
    [
      "TLS",
      `${version}${cipher === undefined ? "" : `, ${cipher}`}, ${begun === "implicit" ? "from the first octet" : "by STARTTLS"}`,
    ],
  ];
  if (certificate === undefined) return rows;
  return [
    ...rows,
    ["certificate", certificate.subject.replaceAll("\n", ", ")],
    ["", certificate.names === "" ? "no alternative names" : certificate.names],
    [
      "",
      `by ${certificate.issuer.replaceAll("\n", ", ")}; ${certificate.key}; ${dateOf(certificate.validFrom)} to ${dateOf(certificate.validTo)}`,
    ],
    ["", certificate.fingerprint],
    ["verified", trusted ? "yes" : `no: ${reason ?? "no reason given"}`],
  ];
};

const offerRows = ({ offered, hello }: Probed): readonly (readonly string[])[] => {
  if (offered.size === 0) return [["offers", hello === "HELO" ? "nothing: it understands HELO only" : "nothing"]];
  return [...offered].map(([keyword, params], at) => [
    at === 0 ? "offers" : "",
    params === undefined ? keyword : `${keyword} ${params}`,
  ]);
};

const COLOURS: Readonly<Record<Level, Parameters<Paint>[0]>> = {
  must: "red",
  should: "yellow",
  note: "dim",
  ok: "green",
};
const WORDS: Readonly<Record<Level, string>> = { must: "MUST", should: "SHOULD", note: "note", ok: "ok" };

const findingLines = (found: readonly Finding[], paint: Paint): readonly string[] => {
  const rows = columns(found.map(({ level, text, rfc }) => [WORDS[level], printable(`${text} (${rfc})`)]));
  return rows.map((row, at) => {
    const level = found[at]?.level ?? "note";
    return `  ${paint(COLOURS[level], row.slice(0, WORDS[level].length))}${row.slice(WORDS[level].length)}`;
  });
};

const sum = (found: readonly Finding[]): string => {
  const of = (level: Level): number => found.filter((one) => one.level === level).length;
  const [must, should] = [of("must"), of("should")];
  if (must + should === 0) return "Compared with the RFCs: nothing is missing.";
  return `Compared with the RFCs: ${count(must, "departure")} from a MUST, ${should} from a SHOULD.`;
};

/** The report for a person. */
export const probeLines = (probed: Probed, found: readonly Finding[], paint: Paint): readonly string[] => {
  const { server, address, port, protocol, greeting, hello, helloReply } = probed;
  const at = address === undefined ? "" : ` (${address}${port === undefined ? "" : ` port ${port}`})`;
  const rows = columns(
    [["greeting", replyText(greeting)], [hello, replyText(helloReply)], ...offerRows(probed), ...tlsRows(probed)].map(
      (row) => row.map(printable),
    ),
  );
  return [
    paint("bold", `${printable(server)}${printable(at)}, ${protocol.toUpperCase()}`),
    ...rows.map((row) => `  ${row}`),
    paint("bold", sum(found)),
    ...findingLines(found, paint),
  ];
};
