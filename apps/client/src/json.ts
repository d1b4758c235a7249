/**
 * `--json`: one object on one line. It is ASCII, so that nothing in it, whoever wrote it, can move a cursor or turn
 * text about (security.md A21).
 */

const plain = (_: string, value: unknown): unknown => {
  if (typeof value === "bigint") return value.toString();
  if (value instanceof Uint8Array) return Buffer.from(value).toString("base64");
  return value;
};

/** A value as JSON in ASCII. */
export const jsonText = (value: unknown): string =>
  JSON.stringify(value, plain).replaceAll(
    /[^\u0020-\u007E]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
