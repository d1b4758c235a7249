/**
 * `posthorn probe`: connects as a client would, says hello, begins TLS where that is to be had, and looks. No MAIL is
 * ever sent. Certificates are reported, and only stop the probe where `--verify` was given.
 */
import { connect, type Connection, type Observation } from "@posthorn/client";
import type { Reply } from "@posthorn/contract";
import { STANDARD_KEYWORDS } from "@posthorn/esmtp";
import { parseEhloLine } from "@posthorn/wire";
import type { ConnectArguments } from "./arguments.ts";
import { connectOptions } from "./connecting.ts";
import { EXIT, type ExitCode } from "./exit.ts";
import { failureOf } from "./failure.ts";
import { findings } from "./findings.ts";
import { jsonText } from "./json.ts";
import { part } from "./parting.ts";
import { probeLines, probeReport } from "./probe-report.ts";
import type { Offered, Probed } from "./probed.ts";
import { say, type Terminal } from "./terminal.ts";
import { paintFor, sentenceOf } from "./text.ts";
import { tlsReport } from "./tls-report.ts";
import { showDialogue } from "./transcript.ts";

const HELLOS: readonly string[] = ["EHLO", "LHLO"];

const keywordsOf = (reply: Reply | undefined): readonly (readonly [string, string | undefined])[] =>
  (reply?.lines.slice(1) ?? []).flatMap((line) => {
    const read = parseEhloLine(line);
    return read === undefined ? [] : [[read.keyword, read.params] as const];
  });

/** Notes what a connection does not keep: hellos from before TLS, and a handshake that failed. */
class Notes {
  #inClear: Reply | undefined = undefined;
  #secure = false;
  #failure: string | undefined = undefined;

  readonly note = (seen: Observation): void => {
    if (seen.type === "connecting") this.#secure = false;
    if (seen.type === "tls") this.#secure = true;
    if (seen.type === "reply" && HELLOS.includes(seen.verb) && seen.reply.code < 300 && !this.#secure)
      this.#inClear = seen.reply;
    if (seen.type === "closed" && seen.failure?.code === "tls-failed") this.#failure = sentenceOf(seen.failure);
  };

  get inClear(): Offered | undefined {
    return this.#inClear === undefined ? undefined : offer(this.#inClear);
  }

  get tlsFailure(): string | undefined {
    return this.#failure;
  }
}

const offer = (reply: Reply): Offered => {
  const found = new Map<string, string | undefined>();
  for (const [keyword, params] of keywordsOf(reply)) if (!found.has(keyword)) found.set(keyword, params);
  return found;
};

const repeated = (reply: Reply | undefined): readonly string[] => {
  const all = keywordsOf(reply).map(([keyword]) => keyword);
  return [...new Set(all.filter((keyword, at) => all.indexOf(keyword) !== at))];
};

const probed = async (
  connection: Connection,
  server: string,
  args: ConnectArguments,
  notes: Notes,
): Promise<Probed> => {
  const { socket, offer: offered, capabilities, helloReply, hello, greeting, tls } = connection;
  const usable: Readonly<Record<string, unknown>> = { ...capabilities };
  const begun = tls === undefined ? undefined : notes.inClear === undefined ? "implicit" : "starttls";
  return {
    server,
    address: socket.remoteAddress,
    port: socket.remotePort,
    protocol: args.lmtp === true ? "lmtp" : "smtp",
    greeting,
    hello: hello?.verb ?? "",
    helloReply,
    offeredInClear: notes.inClear,
    offered,
    twice: repeated(helloReply),
    unusable: STANDARD_KEYWORDS.filter((keyword) => offered.has(keyword) && usable[keyword] === undefined),
    known: STANDARD_KEYWORDS,
    tls: tlsReport(tls, socket, args.verify),
    begun,
    tlsFailure: tls === undefined ? notes.tlsFailure : undefined,
    noop: connection.usable ? await connection.noop() : undefined,
  };
};

/** Looks at a server. Resolves to the exit code; what was found does not change it. */
export const probe = async (server: string, args: ConnectArguments, terminal: Terminal): Promise<ExitCode> => {
  const { stdout, stderr, signal } = terminal;
  const notes = new Notes();
  const show = args.transcript === true ? showDialogue(terminal) : undefined;
  const observe = (seen: Observation): void => {
    notes.note(seen);
    show?.(seen);
  };
  try {
    const options = await connectOptions(server, args, observe, signal);
    const connection = await connect({ ...options, verify: options.verify ?? false });
    signal.addEventListener("abort", () => connection.destroy(), { once: true });
    let found: Probed;
    try {
      found = await probed(connection, server, args, notes);
    } finally {
      await part(connection, signal);
    }
    const list = findings(found);
    if (args.json === true) say(stdout, jsonText(probeReport(found, list)));
    else say(stdout, ...probeLines(found, list, paintFor(stdout)));
    return EXIT.ok;
  } catch (error) {
    const { exit, ...failure } = failureOf(error, signal);
    if (args.json === true) say(stdout, jsonText({ ok: false, exit, server, error: failure }));
    say(stderr, `posthorn: ${failure.message}`);
    return exit;
  }
};
