/** The encoder and `toCrlf` against the naive reference, on the same words and splits as the decoder. */
import { describe, expect, test } from "vitest";
import { dotDecoder, dotEncoder, toCrlf } from "@posthorn/data";
import type { LineEndingPolicy, ContentSearch } from "@posthorn/data";
import { engines, everyWord, naiveCrlf, naiveEncode, naiveSearch, octetsOf, read, textOf, writes } from "./naive.ts";

// Most words are errors to the strict encoder, and their stacks would be most of the time.
Error.stackTraceLimit = 0;

const policies: readonly LineEndingPolicy[] = ["strict", "normalize"];
const pick = (turn: number): ContentSearch => engines[turn % engines.length]?.[1] ?? naiveSearch;

describe.each(policies)("%s", (lineEndings) => {
  test("every word to length 8, whole, the shorter half of the time within text", () => {
    let turn = 0;
    let wrong = "";
    everyWord(0, 8, (word) => {
      if (wrong !== "") return false;
      turn += 1;
      const content =
        turn % 2 === 0 || word.length === 8
          ? word
          : `${"a".repeat(40 + (turn % 16))}${turn % 3 === 0 ? "" : "\r\n"}${word}${"b".repeat(turn % 23)}`;
      const wanted = naiveEncode(content, lineEndings);
      const encoder = dotEncoder({ lineEndings, search: pick(turn) });
      if (!writes(encoder, [octetsOf(content)], wanted) || encoder.addedFinalLineEnding !== wanted.added)
        wrong = JSON.stringify(content);
      // What is refused stays refused: from six letters on nothing is added to it.
      return word.length < 6 || wanted.error === "" || word.endsWith("\r");
    });
    expect(wrong).toBe("");
  }, 60_000);

  test("every word to length 6, at every two-way split", () => {
    let turn = 0;
    let wrong = "";
    everyWord(1, 6, (word) => {
      const wanted = naiveEncode(word, lineEndings);
      const octets = octetsOf(word);
      for (let cut = 0; cut <= octets.length && wrong === ""; cut += 1) {
        turn += 1;
        const encoder = dotEncoder({ lineEndings, search: pick(turn) });
        const pieces = [octets.subarray(0, cut), octets.subarray(cut)];
        if (!writes(encoder, pieces, wanted) || encoder.addedFinalLineEnding !== wanted.added)
          wrong = JSON.stringify([word, cut]);
      }
    });
    expect(wrong).toBe("");
  }, 60_000);
});

test("what was encoded is decoded to the content, normalised and with its last line whole", () => {
  let turn = 0;
  let wrong = "";
  everyWord(0, 7, (word) => {
    if (wrong !== "") return;
    turn += 1;
    const encoder = dotEncoder({ lineEndings: "normalize", search: pick(turn) });
    const wire = `${textOf(encoder.write(octetsOf(word)))}${textOf(encoder.end())}`;
    const seen = read(dotDecoder({ lineEndings: "strict", search: pick(turn + 1) }), [octetsOf(`${wire}QUIT\r\n`)]);
    const wanted = `${naiveCrlf(word)}${encoder.addedFinalLineEnding ? "\r\n" : ""}`;
    // C5: CR and LF only as CRLF, the terminator once and last.
    const sound = !/\r(?!\n)|(?<!\r)\n/.test(wire) && `\r\n${wire}`.indexOf("\r\n.\r\n") === wire.length - 3;
    if (!sound || seen.fault !== "" || seen.end !== wire.length || seen.content !== wanted)
      wrong = JSON.stringify(word);
  });
  expect(wrong).toBe("");
}, 60_000);

test("toCrlf: every word to length 6, at every two-way split; its own output is left alone", () => {
  let turn = 0;
  let wrong = "";
  everyWord(0, 6, (word) => {
    const wanted = naiveCrlf(word);
    const octets = octetsOf(word);
    for (let cut = 0; cut <= octets.length && wrong === ""; cut += 1) {
      turn += 1;
      const pieces = [octets.subarray(0, cut), octets.subarray(cut)];
      if (!writes(toCrlf({ search: pick(turn) }), pieces, { octets: wanted, error: "" }))
        wrong = JSON.stringify([word, cut]);
    }
    const again = octetsOf(wanted);
    if (toCrlf().write(again) !== again) wrong = JSON.stringify(word);
  });
  expect(wrong).toBe("");
}, 60_000);
