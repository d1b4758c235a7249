/**
 * Where a message comes from: `--data`, `--subject` and `--body`, standard input, or a small test message on a terminal.
 * What is given whole is sent as it is, but for line endings: LF and CR become CRLF, as everywhere where text leaves a
 * machine (RFC 5321 §2.3.8). Content with an octet of zero is no text: it is sent octet for octet, which a server with
 * BINARYMIME takes (RFC 3030 §3).
 */
import type { ForwardPath, ReversePath } from "@posthorn/contract";
import type { Content } from "@posthorn/client";
import type { SendArguments } from "./arguments.ts";
import { composeMessage } from "./compose-message.ts";
import { CrlfCount } from "./crlf-count.ts";
import { EXIT, Stop } from "./exit.ts";
import { look, piecesOf, readWhole } from "./file.ts";
import { type Field, headerText, oneLine, readField } from "./header.ts";
import type { Terminal } from "./terminal.ts";
import { version } from "./version.ts";

/** Content, and what is known of it. */
export interface Given {
  readonly content: Content;
  readonly lineEndings: "strict" | "normalize";
  /** Octets that will be sent: its own, and those that make CRLF of its line endings. */
  readonly octets: number;
}

/** What its octets say of content, read up to the first zero: that it is binary, or how long it is as text. */
const judge = async (
  pieces: Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
  length: number,
): Promise<Omit<Given, "content">> => {
  const count = new CrlfCount();
  for await (const piece of pieces) {
    if (piece.includes(0)) return { lineEndings: "strict", octets: length };
    count.see(piece);
  }
  return { lineEndings: "normalize", octets: count.octets };
};

/** Who a message that is composed here is from and to. */
export interface Parties {
  readonly from: ReversePath;
  readonly to: readonly ForwardPath[];
}

const octetsGiven = async (octets: Uint8Array): Promise<Given> => ({
  content: octets,
  ...(await judge([octets], octets.length)),
});

const fileGiven = async (file: string, head: string): Promise<Given> => {
  const stats = await look("--data", file);
  // A pipe has no size and is gone when it was read once; and what is put before a file has to be in one piece with it.
  if (!stats.isFile() || head !== "")
    return octetsGiven(Buffer.concat([Buffer.from(head), await readWhole("--data", file)]));
  return { content: { file }, ...(await judge(piecesOf("--data", file), stats.size)) };
};

const inputOctets = async ({ stdin, signal }: Terminal): Promise<Buffer> => {
  const pieces: Buffer[] = [];
  const stop = new Promise<never>((_, reject) => {
    signal.addEventListener("abort", () => reject(signal.reason), { once: true });
  });
  const read = async (): Promise<void> => {
    for await (const piece of stdin) pieces.push(typeof piece === "string" ? Buffer.from(piece) : piece);
  };
  try {
    await Promise.race([read(), stop]);
  } catch (error) {
    if (error instanceof Stop) throw error;
    throw new Stop(EXIT.io, `standard input: ${error instanceof Error ? error.message : String(error)}`);
  }
  return Buffer.concat(pieces);
};

const testText = (): string =>
  [`This is a test message, sent by posthorn ${version()}.`, "If you can read it, mail arrives.", ""].join("\r\n");

const checkCombination = ({ data, subject, body }: SendArguments): void => {
  if (data === undefined) return;
  const also = subject !== undefined ? "--subject" : body !== undefined ? "--body" : undefined;
  if (also !== undefined)
    throw new Stop(
      EXIT.usage,
      `--data is a whole message: leave out ${also}, or set a field with --header 'Subject: …'`,
    );
};

/**
 * The content that the command line asks for. Reads standard input where it has to.
 * @throws Stop 64, 66, 74.
 */
export const contentOf = async (args: SendArguments, parties: Parties, terminal: Terminal): Promise<Given> => {
  checkCombination(args);
  const { data, header = [] } = args;
  const fields = header.map(readField);
  const head = headerText(fields);
  if (data !== undefined && data !== "-") return fileGiven(data, head);
  const interactive = terminal.stdin.isTTY === true;
  if (data === "-" || (args.subject === undefined && args.body === undefined && !interactive))
    return octetsGiven(Buffer.concat([Buffer.from(head), await inputOctets(terminal)]));
  return octetsGiven(
    Buffer.from(composeMessage({ ...parties, fields, ...(await words(args, fields, terminal)), now: new Date() })),
  );
};

/** Subject and body: as given, the body else from standard input as mail(1) has it, on a terminal those of a test. */
const words = async (
  args: SendArguments,
  fields: readonly Field[],
  terminal: Terminal,
): Promise<{ readonly subject: string | undefined; readonly body: string }> => {
  const interactive = terminal.stdin.isTTY === true;
  const subject = args.subject === undefined ? undefined : oneLine("--subject", args.subject);
  const { body } = args;
  if (body !== undefined) return { subject, body };
  if (!interactive) return { subject, body: (await inputOctets(terminal)).toString("utf8") };
  const named = fields.some(({ name }) => name.toLowerCase() === "subject");
  return { subject: subject ?? (named ? undefined : "A test message"), body: testText() };
};
