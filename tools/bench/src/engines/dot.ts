// The engines in one process: the decoder of dots on each input, and what no engine can be faster than: a copy of
// every chunk into one warm target, and one native search through it.
import { dotDecoder } from "@posthorn/data";
import { perform } from "../child.ts";
import { chunksOf, hostile, ordinary } from "./inputs.ts";

const end = "\r\n.\r\n";
const inputs = new Map([...ordinary, ...hostile].map(([name, content]) => [name, chunksOf(content(), end)]));
const target = Buffer.alloc(65_536 + end.length);
const warm = inputs.get("base64") ?? [];
let sink = 0;

/** Decodes a message as a session does: until it is done, or its octets are. */
function decode(chunks: readonly Buffer[]): void {
  const decoder = dotDecoder();
  for (const chunk of chunks) {
    for (let at = 0; at < chunk.length && !decoder.done;) {
      at = decoder.step(chunk, at, chunk.length);
      sink += decoder.out?.length ?? 0;
    }
  }
  if (!decoder.done) throw new Error("the terminator was not found");
}

const copy = (chunks: readonly Buffer[]): void => {
  for (const chunk of chunks) sink += chunk.copy(target);
};

const search = (chunks: readonly Buffer[]): void => {
  for (const chunk of chunks) sink += chunk.indexOf(end);
};

perform(({ name, messages }) => {
  const chunks = inputs.get(name);
  const once = chunks === undefined ? (name === "memcpy" ? copy : search) : decode;
  const octets = (chunks ?? warm).reduce((sum, { length }) => sum + length, 0);
  const until = performance.now() + messages;
  let done = 0;
  do {
    once(chunks ?? warm);
    done += octets;
  } while (performance.now() < until);
  if (sink === -1) throw new Error("never");
  return done / 1_048_576;
});
