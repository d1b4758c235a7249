/**
 * Content: where its octets come from, what is known of it before it is opened, and whether it can be opened again.
 * Text and files are for people, so their line endings become CRLF; octets and streams are taken at their word, and a
 * bare CR or LF in them is an error before anything of it can do harm (RFC 5321 §2.3.8, security.md C5).
 */
import { createReadStream } from "node:fs";
import type { Facts } from "@posthorn/contract";
import { toCrlf } from "@posthorn/data";
import { textToOctets } from "@posthorn/node";
import { ClientError, sentenceOf } from "./errors.ts";
import { ContentScan, scanWhole } from "./scan.ts";

/** Octets, piece by piece: a stream of Node's, a web stream, an async generator. */
export type Octets = AsyncIterable<Uint8Array> | Iterable<Uint8Array>;

/** The content of a message: text, octets, a file, a stream, or a function that opens a stream each time that it is called. */
export type Content = string | Uint8Array | { readonly file: string | URL } | Octets | (() => Octets);

/** How content is to be taken. */
export interface ContentOptions {
  /** Default: `normalize` for text and files, `strict` for octets and streams. */
  readonly lineEndings?: "strict" | "normalize" | undefined;
  /** Text only: the charset that it is written in. Default `utf-8`. A character that it lacks is an error. */
  readonly charset?: string | undefined;
  /** Streams only: what is known of the content. */
  readonly facts?: Facts | undefined;
}

/** Content, ready to be opened. */
export interface Source {
  readonly facts: Facts;
  readonly reopenable: boolean;
  /** Why it has to be refused by every server that does not take anything; for a person. */
  readonly remark: string | undefined;
  /** Whether its line endings must be looked at while it is sent, because nobody has seen it before. */
  readonly unseen: boolean;
  /** All of it, where it is in memory. */
  readonly whole: Uint8Array | undefined;
  open(): Octets;
}

/** Octets of a piece when a file is read, and when content in memory is written. */
export const PIECE_OCTETS = 1_048_576;

const unreadable = (error: unknown): ClientError =>
  error instanceof ClientError
    ? error
    : new ClientError("content-unreadable", `the content cannot be read: ${sentenceOf(error)}`, { cause: error });

/** @throws ClientError `content-unreadable` where what comes is no octets. */
const checked = (piece: unknown): Uint8Array => {
  if (piece instanceof Uint8Array) return piece;
  throw new ClientError("content-unreadable", `a stream of content gives ${typeof piece}, not Uint8Array`);
};

async function* normalized(octets: Octets): AsyncGenerator<Uint8Array, void, void> {
  const lines = toCrlf();
  for await (const piece of octets) yield lines.write(checked(piece));
  yield lines.end();
}

async function* named(octets: Octets): AsyncGenerator<Uint8Array, void, void> {
  try {
    for await (const piece of octets) yield checked(piece);
  } catch (error) {
    throw unreadable(error);
  }
}

const crlf = (given: Uint8Array): Uint8Array => {
  const lines = toCrlf();
  const [head, tail] = [lines.write(given), lines.end()];
  return tail.length === 0 ? head : Buffer.concat([head, tail]);
};

const inMemory = (given: Uint8Array, normalize: boolean): Source => {
  const whole = normalize ? crlf(given) : given;
  const { facts, remark } = scanWhole(whole);
  return { facts, remark, reopenable: true, unseen: false, whole, open: () => [whole] };
};

const inFile = async (file: string | URL, normalize: boolean): Promise<Source> => {
  const open = (): Octets => {
    const stream = named(createReadStream(file, { highWaterMark: PIECE_OCTETS }));
    return normalize ? normalized(stream) : stream;
  };
  const scan = new ContentScan();
  for await (const piece of open()) scan.scan(piece);
  const result = scan.result();
  // A file may have changed since it was read, so that it is looked at again.
  const unseen = !normalize && result.facts.octets !== "binary";
  return { ...result, reopenable: true, unseen, whole: undefined, open };
};

const inStream = (open: () => Octets, reopenable: boolean, normalize: boolean, facts: Facts): Source => ({
  facts,
  reopenable,
  remark: undefined,
  unseen: !normalize && facts.octets !== "binary",
  whole: undefined,
  open: () => (normalize ? normalized(named(open())) : named(open())),
});

/** A function of its own: one that is made where every message comes by costs each of them its context. */
const again =
  (octets: Octets): (() => Octets) =>
  () =>
    octets;

const normalizes = ({ lineEndings }: ContentOptions, preset: "strict" | "normalize"): boolean =>
  (lineEndings ?? preset) === "normalize";

/**
 * Makes content ready: text is encoded, a file is read once to know what is in it. A promise only of a file.
 * @throws ClientError `content-unreadable`; `content-unfit` where the charset lacks a character.
 */
export const openContent = (content: Content, options: ContentOptions): Source | Promise<Source> => {
  if (typeof content === "string") {
    const octets = textToOctets(content, options.charset ?? "utf-8");
    if (!octets.ok) throw new ClientError("content-unfit", octets.reason);
    return inMemory(octets.value, normalizes(options, "normalize"));
  }
  if (content instanceof Uint8Array) return inMemory(content, normalizes(options, "strict"));
  if (typeof content === "function") return inStream(content, true, normalizes(options, "strict"), options.facts ?? {});
  if ("file" in content) return inFile(content.file, normalizes(options, "normalize"));
  return inStream(again(content), false, normalizes(options, "strict"), options.facts ?? {});
};
