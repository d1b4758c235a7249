/**
 * Values as text, so that two can be compared and a difference can be read. Functions and signals are left out, absent
 * and `undefined` properties are the same, keys are in order: what is left is what an event or a state says.
 */
import { LocalProtocolError } from "@posthorn/contract";
import { textOf } from "./octets.ts";

const DEPTH = 16;

const showObject = (value: object, depth: number): string => {
  if (depth > DEPTH) return "…";
  if (value instanceof Uint8Array) return `octets ${JSON.stringify(textOf(value))}`;
  if (value instanceof LocalProtocolError) return `LocalProtocolError ${value.code}`;
  if (value instanceof Error) return `${value.name} ${value.message}`;
  if (Array.isArray(value)) return `[${value.map((item) => render(item, depth + 1)).join(", ")}]`;
  if (value instanceof Map || value instanceof Set) return `${value.size} {${showObject([...value], depth + 1)}}`;
  const entries = Object.entries(value)
    .filter(([key, item]) => key !== "signal" && item !== undefined && typeof item !== "function")
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, item]) => `${key}: ${render(item, depth + 1)}`);
  return `{ ${entries.join(", ")} }`;
};

const render = (value: unknown, depth: number): string => {
  if (typeof value === "object" && value !== null) return showObject(value, depth);
  if (typeof value === "string") return JSON.stringify(value);
  if (typeof value === "bigint") return `${value}n`;
  return Object.is(value, -0) ? "-0" : String(value);
};

/** A value as one line of text. Equal values give equal text. */
export const show = (value: unknown): string => render(value, 0);

/** Whether two values say the same. */
export const same = (a: unknown, b: unknown): boolean => show(a) === show(b);
