/**
 * Text that a line may hold, and text that none may.
 */
import fc from "fast-check";

/** Which grammar values are made for. */
export interface Wide {
  /** Whether UTF-8 is among them (RFC 6531 §3.3). No, if not given. */
  readonly utf8?: boolean;
}

const WIDE = "éßñøğçαωжшデータ例え測試한글😀𝒜क्षिาม";

/** One printable character; with `utf8` some of other scripts, within the grammar and of several lengths in UTF-8. */
export const printableCharacter = (options: Wide = {}): fc.Arbitrary<string> => {
  const ascii = fc.integer({ min: 32, max: 126 }).map((unit) => String.fromCharCode(unit));
  return options.utf8 === true ? fc.oneof(ascii, fc.constantFrom(...Array.from(WIDE))) : ascii;
};

/** Printable text, spaces anywhere. */
export const printableText = (
  options: Wide & { readonly minLength?: number; readonly maxLength?: number } = {},
): fc.Arbitrary<string> =>
  fc.string({
    unit: printableCharacter(options),
    minLength: options.minLength ?? 0,
    maxLength: options.maxLength ?? 40,
  });

/** What must never reach the wire as it is: ends of lines, NUL, controls, and characters that a narrow encoding would make CR and LF of. */
export const HOSTILE: readonly string[] = [
  "\r\n",
  "\r",
  "\n",
  "\0",
  "\u001b[2J",
  "\u007f",
  "\u0085",
  "\u2028",
  "\u010d\u010a",
  "\ud800",
  "\r\nRCPT TO:<evil@b.example>",
];

/** Text with something of `HOSTILE` in it: under RFC 5321's grammar nothing can encode it. */
export const hostileText = (): fc.Arbitrary<string> =>
  fc
    .tuple(printableText({ maxLength: 12 }), fc.constantFrom(...HOSTILE), printableText({ maxLength: 12 }))
    .map((parts) => parts.join(""));
