/** What became of a message, for a program (`--json`) and for a person. */
import type { RecipientVerdict } from "@posthorn/client";
import { EXIT, type ExitCode } from "./exit.ts";
import type { Failure } from "./failure.ts";
import { noteLines, planLines, type PlanReport } from "./plan-text.ts";
import { columns, count, octetsText, type Paint, printable } from "./text.ts";
import type { TlsReport } from "./tls-report.ts";

/** A verdict as `--json` has it. */
export interface VerdictReport {
  readonly recipient: string;
  readonly kind: RecipientVerdict["kind"];
  /** The reply that says so; absent where there was none. */
  readonly code: number | undefined;
  readonly status: string | undefined;
  readonly text: readonly string[] | undefined;
  /** The verb that was refused. */
  readonly verb: string | undefined;
  /** Why, where no reply says it. */
  readonly reason: string | undefined;
  readonly retry: boolean;
}

/** Everything that is known when `posthorn send` ends. What is not known is absent. */
export interface SendReport {
  readonly ok: boolean;
  readonly exit: ExitCode;
  readonly server: string;
  readonly protocol: "smtp" | "lmtp";
  readonly dryRun: boolean;
  readonly address?: string | undefined;
  readonly greeting?: string | undefined;
  readonly tls?: TlsReport | undefined;
  /** The SASL mechanism by which the client logged in. */
  readonly mechanism?: string | undefined;
  readonly plan?: PlanReport | undefined;
  readonly verdicts: readonly VerdictReport[];
  readonly octets: number;
  /** Milliseconds: until messages could be sent, for the message, and all in all. */
  readonly ms: { readonly connect?: number; readonly send?: number; readonly total: number };
  readonly error?: Omit<Failure, "exit"> | undefined;
}

/** A verdict, laid out. */
export const verdictReport = (verdict: RecipientVerdict): VerdictReport => {
  const reply = "reply" in verdict ? verdict.reply : undefined;
  return {
    recipient: verdict.recipient,
    kind: verdict.kind,
    code: reply?.code,
    status: reply?.status,
    text: reply?.lines,
    verb: "verb" in verdict ? verdict.verb : undefined,
    reason: "reason" in verdict ? verdict.reason : undefined,
    retry: verdict.retry,
  };
};

const COLOURS: Readonly<Record<RecipientVerdict["kind"], Parameters<Paint>[0]>> = {
  accepted: "green",
  refused: "red",
  "planned-out": "red",
  "in-doubt": "yellow",
  unsent: "yellow",
};

const WORDS: Readonly<Record<RecipientVerdict["kind"], string>> = {
  accepted: "accepted",
  refused: "refused",
  "planned-out": "not tried",
  "in-doubt": "in doubt",
  unsent: "not sent",
};

/** A 4yz is for now, a 5yz for good (RFC 5321 §4.2.1). */
const wordOf = ({ kind, retry }: VerdictReport): string => (kind === "refused" && retry ? "deferred" : WORDS[kind]);

const why = ({ code, status, text, verb, reason }: VerdictReport): string => {
  if (code === undefined) return reason ?? "";
  const words = [String(code), status, ...(text ?? [])].filter((word) => word !== undefined && word !== "");
  return `${words.join(" ")}${verb === undefined ? "" : ` (${verb})`}`;
};

const verdictLines = (verdicts: readonly VerdictReport[], paint: Paint): readonly string[] => {
  const rows = columns(verdicts.map((one) => [wordOf(one), printable(one.recipient), printable(why(one))]));
  return rows.map((row, at) => {
    const one = verdicts[at];
    if (one === undefined) return row;
    const word = wordOf(one);
    return `  ${paint(word === "deferred" ? "yellow" : COLOURS[one.kind], word)}${row.slice(word.length)}`;
  });
};

const TRUST: Readonly<Record<TlsReport["verified"], string>> = {
  authority: "verified",
  fingerprint: "known by its fingerprint",
  not: "not verified",
};

const tlsText = (tls: TlsReport | undefined): string => {
  if (tls === undefined) return "in the clear";
  return `${tls.version}, ${TRUST[tls.verified]}`;
};

const where = ({ server, tls, mechanism }: SendReport): string =>
  `${printable(server)} (${tlsText(tls)}${mechanism === undefined ? "" : `, logged in by ${mechanism}`})`;

/** The report for a person. */
export const sendLines = (report: SendReport, paint: Paint): readonly string[] => {
  const { verdicts, plan, dryRun, octets, ms } = report;
  if (dryRun && plan !== undefined)
    return [`Would send through ${where(report)}:`, ...planLines(plan).map((line) => `  ${line}`)];
  if (verdicts.length === 0) return [];
  const accepted = verdicts.filter(({ kind }) => kind === "accepted").length;
  const sum = `${accepted} of ${count(verdicts.length, "recipient")} accepted by ${where(report)}, ${octetsText(octets)} in ${Math.round(ms.total)} ms`;
  const notes = plan === undefined ? [] : noteLines(plan).filter((line) => !line.startsWith("added: "));
  return [
    paint(report.exit === EXIT.ok ? "green" : "red", sum),
    ...verdictLines(verdicts, paint),
    ...notes.map((line) => `  ${line}`),
  ];
};
