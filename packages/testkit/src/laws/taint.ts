/** Values with hostile text in them: of the same shape, so that only the encoder stands between them and the wire. */
import { encodeUtf8 } from "@posthorn/wire";

const octets = (text: string): Uint8Array => encodeUtf8(text.replaceAll(/[\ud800-\udfff]/g, "?"));

/** The value with one of its strings replaced, for each string in it. */
export const tainted = (value: unknown, hostile: string): readonly unknown[] => {
  if (typeof value === "string") return [hostile, value + hostile, hostile + value];
  if (value instanceof Uint8Array) return [octets(hostile)];
  if (Array.isArray(value))
    return value.flatMap((item, at) => tainted(item, hostile).map((bad) => value.with(at, bad)));
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, item]) =>
    tainted(item, hostile).map((bad) => ({ ...value, [key]: bad })),
  );
};
