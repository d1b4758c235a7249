// What arrived, against what was sent. Between the two every program that a message passes puts its trace in front, and
// nothing else: what is behind the trace fields must be the same, octet for octet.
import { setTimeout as wait } from "node:timers/promises";
import { difference, type MaildirReader, type Sample } from "@posthorn/demo";

const TRACE =
  /^(?:Return-Path|Delivered-To|Received|X-Original-To|Envelope-to|Delivery-date):[^\n]*\n(?:[ \t][^\n]*\n)*/i;

/** A stored message without the trace fields at its top. */
export function withoutTrace(stored: Uint8Array): Uint8Array {
  const octets = Buffer.from(stored.buffer, stored.byteOffset, stored.length);
  const text = octets.toString("latin1", 0, 16_384);
  let at = 0;
  for (let field = TRACE.exec(text); field !== null; field = TRACE.exec(text.slice(at))) at += field[0].length;
  return octets.subarray(at);
}

/** What is wrong with stored copies of a message; nothing if all are there and the same. */
export function judge(sample: Sample, stored: readonly Uint8Array[]): string | undefined {
  if (stored.length !== sample.to.length) return `${stored.length} copies arrived, not ${sample.to.length}`;
  const faults = stored.map((copy) => difference(sample.octets, withoutTrace(copy))?.text);
  return faults.find((fault) => fault !== undefined);
}

/** Waits for all copies of a message, at most so many milliseconds, and judges them. */
export async function arrival(reader: MaildirReader, sample: Sample, limit: number): Promise<string | undefined> {
  const copies: Uint8Array[] = [];
  const late = performance.now() + limit;
  do {
    copies.push(...reader.arrived().values());
    if (copies.length >= sample.to.length) break;
    // oxlint-disable-next-line no-await-in-loop -- looking again after a while is the point
    await wait(50);
  } while (performance.now() < late);
  return judge(sample, copies);
}
