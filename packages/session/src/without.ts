/**
 * Dropping from a set by keyword, for operators and for trying out what a peer does without an extension. What
 * requires a dropped extension goes with it, so that what is left can be composed.
 */
import { specOf } from "@posthorn/contract";
import type { Extensions } from "@posthorn/contract";
import { asciiUpper } from "@posthorn/wire";

/**
 * The extensions without those of the keywords, and without those that require one of these, in any case of letters.
 * A keyword that is not there changes nothing. The result is typed as a list of what may be in it: parameters and
 * capabilities are optional anyhow, a state of an extension that was dropped is not there.
 *
 * @example
 * const plain = without([chunking(), binarymime(), size()], ["CHUNKING"]); // BINARYMIME requires CHUNKING, and is gone too
 */
export const without = <const X extends Extensions>(
  extensions: X,
  keywords: readonly string[],
): readonly X[number][] => {
  const dropped = new Set(keywords.map(asciiUpper));
  let left: readonly X[number][] = extensions;
  for (let before = -1; before !== left.length;) {
    before = left.length;
    left = left.filter((extension) => {
      const { keyword, requires = [] } = specOf(extension);
      const goes = dropped.has(keyword) || requires.some((other) => dropped.has(other));
      if (goes) dropped.add(keyword);
      return !goes;
    });
  }
  return left;
};
