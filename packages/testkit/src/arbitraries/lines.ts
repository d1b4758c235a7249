/**
 * Command lines, their parameters, and replies.
 */
import type { Reply } from "@posthorn/contract";
import type { Parameter } from "@posthorn/wire";
import fc from "fast-check";
import { printableText } from "./text.ts";
import type { Wide } from "./text.ts";

const UPPER = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";

/** A keyword of an extension, a parameter or a verb, in upper case. */
export const keyword = (): fc.Arbitrary<string> =>
  fc.oneof(
    fc
      .tuple(
        fc.constantFrom(...Array.from(UPPER)),
        fc.string({ unit: fc.constantFrom(...Array.from(UPPER), "-"), maxLength: 8 }),
      )
      .map((parts) => parts.join("")),
    fc.constantFrom("CONSTRUCTOR", "TOSTRING", "HASOWNPROPERTY", "SIZE"),
  );

/** A parameter, with or without a value. */
export const parameter = (options: Wide = {}): fc.Arbitrary<Parameter> =>
  fc.record(
    {
      keyword: keyword(),
      value: fc.option(
        printableText({ ...options, minLength: 1, maxLength: 12 }).map((text) => text.replaceAll(/[ =]/g, "_")),
        { nil: undefined },
      ),
    },
    { noNullPrototype: true },
  );

/** Parameters of one line, no keyword twice. */
export const parameters = (options: Wide = {}): fc.Arbitrary<readonly Parameter[]> =>
  fc.uniqueArray(parameter(options), { selector: (given) => given.keyword, maxLength: 6 });

/** A command line, cut: what `encodeCommand` takes. */
export const commandLine = (
  options: Wide = {},
): fc.Arbitrary<{ readonly verb: string; readonly argument: string | undefined }> =>
  fc.record(
    {
      verb: keyword(),
      argument: fc.option(
        printableText({ ...options, minLength: 1, maxLength: 60 }).filter((text) => !text.endsWith(" ")),
        { nil: undefined },
      ),
    },
    { noNullPrototype: true },
  );

const STATUS_FIRST = /^[245]\.\d{1,3}\.\d{1,3}(?: |$)/;

const replyLine = (options: Wide): fc.Arbitrary<string> =>
  fc.oneof(
    printableText(options),
    printableText({ maxLength: 6 }).map((text) => `\t${text}\t`),
    fc.constantFrom("", " ", "- x", "250 OK", "a\tb"),
  );

/**
 * Replies in canonical form, those that come back equal: not one empty line (that is no line), and without a status no
 * first line that looks like one.
 */
export const replies = (options: Wide = {}): fc.Arbitrary<Reply> =>
  fc
    .record({
      first: fc.constantFrom(2, 3, 4, 5),
      second: fc.nat(5),
      third: fc.nat(9),
      subject: fc.option(fc.tuple(fc.nat(999), fc.nat(999)), { nil: undefined }),
      lines: fc.array(replyLine(options), { maxLength: 5 }),
    })
    .map(({ first, second, third, subject, lines }): Reply => {
      const code = first * 100 + second * 10 + third;
      const given = lines.length === 1 && lines[0] === "" ? [] : lines;
      if (subject !== undefined && first !== 3)
        return { code, status: `${first}.${subject[0]}.${subject[1]}`, lines: given };
      return { code, lines: given.map((line) => (STATUS_FIRST.test(line) ? `(${line})` : line)) };
    });

/** Printable US-ASCII, what xtext encodes (RFC 3461 §4). */
export const xtext = (): fc.Arbitrary<string> => printableText({ minLength: 1, maxLength: 30 });
