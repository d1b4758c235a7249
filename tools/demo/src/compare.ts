// The comparison that decides: the octets behind the fields that the server added, against those that were sent.

/** Where two texts part. */
export interface Difference {
  /** The first octet that differs, from 0; where one is the start of the other, the length of the shorter. */
  readonly at: number;
  /** What it is, for a person. */
  readonly text: string;
}

const hex = (octet: number | undefined): string =>
  octet === undefined ? "the end" : `0x${octet.toString(16).padStart(2, "0")}`;

/** The first difference of `arrived` from `sent`, or `undefined` if each octet is the same. */
export function difference(sent: Uint8Array, arrived: Uint8Array): Difference | undefined {
  if (Buffer.compare(sent, arrived) === 0) return undefined;
  let at = 0;
  while (at < sent.length && at < arrived.length && sent[at] === arrived[at]) at += 1;
  const lengths = sent.length === arrived.length ? "" : `; ${sent.length} octets were sent, ${arrived.length} arrived`;
  return { at, text: `octet ${at} is ${hex(arrived[at])}, not ${hex(sent[at])}${lengths}` };
}

const FIELDS = ["Return-Path", "Delivered-To", "Received"];

/** The end of the field that starts at `start`, folded lines counted in, or -1 if no such field is there. */
function endOfField(octets: Buffer, start: number, name: string): number {
  const label = octets.toString("latin1", start, start + name.length + 1);
  if (label.toLowerCase() !== `${name.toLowerCase()}:`) return -1;
  for (let at = start; ;) {
    const newline = octets.indexOf(0x0a, at);
    if (newline < 0) return -1;
    at = newline + 1;
    if (octets[at] !== 0x20 && octets[at] !== 0x09) return at;
  }
}

/** What a server's delivery put in front, and what came behind it. */
export interface Delivered {
  /** The fields, as text; empty if the server added none. */
  readonly trace: string;
  readonly octets: Uint8Array;
}

/**
 * Parts a stored message into the fields that `posthornd` adds (Return-Path, Delivered-To, Received, each once, in this
 * order) and the octets as they were received. A message that has such fields of its own keeps them.
 */
export function apart(stored: Uint8Array): Delivered {
  const octets = Buffer.from(stored.buffer, stored.byteOffset, stored.length);
  let at = 0;
  for (const name of FIELDS) at = Math.max(at, endOfField(octets, at, name));
  return { trace: octets.toString("utf8", 0, at), octets: octets.subarray(at) };
}
