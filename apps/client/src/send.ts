/** `posthorn send`: reads what is to be sent, connects, plans, sends, and says what became of it. */
import { connect, type Connection, type Outcome } from "@posthorn/client";
import type { ForwardPath, ReversePath } from "@posthorn/contract";
import { parsePaths } from "./addresses.ts";
import type { SendArguments } from "./arguments.ts";
import { sendConnectOptions } from "./connecting.ts";
import { contentOf, type Given } from "./content.ts";
import { EXIT, type ExitCode, Stop } from "./exit.ts";
import { type Failure, failureOf } from "./failure.ts";
import { jsonText } from "./json.ts";
import { part } from "./parting.ts";
import { planReport } from "./plan-text.ts";
import { progressBar } from "./progress.ts";
import { sendLines, type SendReport, verdictReport } from "./send-report.ts";
import { say, type Terminal } from "./terminal.ts";
import { paintFor } from "./text.ts";
import { tlsReport } from "./tls-report.ts";
import { showDialogue } from "./transcript.ts";
import { verdictExit } from "./verdict-exit.ts";

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/** Milliseconds, to a tenth. */
const tenths = (ms: number): number => Math.round(ms * 10) / 10;

const since = (began: number): number => tenths(performance.now() - began);

/** How a person ended it, if one did. */
const stopOf = ({ signal }: Terminal): ExitCode | undefined =>
  signal.aborted && signal.reason instanceof Stop ? signal.reason.exit : undefined;

const mailOf = (args: SendArguments, { content, lineEndings }: Given): Parameters<Connection["send"]>[0] => ({
  from: args.from,
  to: args.to,
  content,
  lineEndings,
});

const describe = (connection: Connection, { verify }: SendArguments, report: Mutable<SendReport>): void => {
  report.address = connection.socket.remoteAddress;
  report.greeting = connection.greeting?.lines.join(" ");
  report.tls = tlsReport(connection.tls, connection.socket, verify);
  report.mechanism = connection.mechanism;
};

const transmit = async (
  connection: Connection,
  args: SendArguments,
  given: Given,
  terminal: Terminal,
): Promise<Outcome> => {
  const bar = progressBar(given.octets, args.transcript === true, terminal);
  try {
    return await connection.send(mailOf(args, given), { signal: terminal.signal, progress: bar?.update });
  } finally {
    bar?.end();
  }
};

/** All of it but the telling. What it finds out goes into the report, so that a failure does not hide it. */
const perform = async (
  args: SendArguments,
  terminal: Terminal,
  report: Mutable<SendReport>,
): Promise<Failure | undefined> => {
  const parties: { readonly from: ReversePath; readonly to: readonly ForwardPath[] } = parsePaths(args);
  const observe = args.transcript === true ? showDialogue(terminal) : undefined;
  const options = await sendConnectOptions(args, observe, terminal);
  const given = await contentOf(args, parties, terminal);
  const began = performance.now();
  const connection = await connect(options);
  report.ms = { ...report.ms, connect: since(began) };
  try {
    describe(connection, args, report);
    if (args.dryRun === true) {
      const plan = await connection.plan(mailOf(args, given));
      report.plan = planReport(plan);
      report.exit = plan.transactions.length === 0 ? EXIT.data : plan.refused.length > 0 ? EXIT.unavailable : EXIT.ok;
      return undefined;
    }
    const outcome = await transmit(connection, args, given, terminal);
    report.plan = planReport(outcome.plan);
    report.verdicts = outcome.verdicts.map(verdictReport);
    report.octets = outcome.octets;
    report.ms = { ...report.ms, send: tenths(outcome.ms) };
    report.exit = verdictExit(outcome, stopOf(terminal));
    return outcome.failure === undefined ? undefined : failureOf(outcome.failure, terminal.signal);
  } finally {
    // Nothing that the server does now can change the verdicts.
    await part(connection, terminal.signal);
  }
};

/** Sends a message. Resolves to the exit code; throws nothing that a person or a server can cause. */
export const send = async (args: SendArguments, terminal: Terminal): Promise<ExitCode> => {
  const began = performance.now();
  const report: Mutable<SendReport> = {
    ok: false,
    exit: EXIT.software,
    server: args.server,
    protocol: args.lmtp === true ? "lmtp" : "smtp",
    dryRun: args.dryRun === true,
    verdicts: [],
    octets: 0,
    ms: { total: 0 },
  };
  let failure: Failure | undefined;
  try {
    failure = await perform(args, terminal, report);
  } catch (error) {
    failure = failureOf(error, terminal.signal);
    report.exit = failure.exit;
  }
  report.ok = report.exit === EXIT.ok;
  report.ms = { ...report.ms, total: since(began) };
  if (failure !== undefined) {
    const { exit: _, ...error } = failure;
    report.error = error;
  }
  tell(report, failure, args, terminal);
  return report.exit;
};

const tell = (
  report: SendReport,
  failure: Failure | undefined,
  args: SendArguments,
  { stdout, stderr }: Terminal,
): void => {
  if (args.json === true) say(stdout, jsonText(report));
  else say(stdout, ...sendLines(report, paintFor(stdout)));
  if (failure !== undefined && !report.ok) say(stderr, `posthorn: ${failure.message}`);
};
