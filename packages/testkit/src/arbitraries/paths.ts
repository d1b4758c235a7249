/**
 * Mailboxes and paths, in every form of RFC 5321 §4.1.2 and §4.1.3. All are encodable: lengths stay under §4.5.3.1's.
 */
import type { ForwardPath, Mailbox, ReversePath } from "@posthorn/contract";
import type { HeloArgument } from "@posthorn/wire";
import fc from "fast-check";
import { printableText } from "./text.ts";
import type { Wide } from "./text.ts";

const LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
const LETDIG = `${LETTERS}0123456789`;
const ATEXT = `${LETDIG}!#$%&'*+-/=?^_\`{|}~`;

const of = (characters: string, minLength: number, maxLength: number): fc.Arbitrary<string> =>
  fc.string({ unit: fc.constantFrom(...Array.from(characters)), minLength, maxLength });

const label = (utf8: boolean): fc.Arbitrary<string> => {
  const edges = utf8 ? `${LETDIG}éßж例` : LETDIG;
  const ldh = fc.tuple(of(edges, 1, 1), of(`${edges}-`, 0, 12), of(edges, 1, 1)).map((parts) => parts.join(""));
  return fc.oneof(of(edges, 1, 1), ldh, fc.constant("x".repeat(63)));
};

/** A domain, of one label or more. */
export const domain = (options: Wide = {}): fc.Arbitrary<string> =>
  fc
    .array(label(options.utf8 === true), { minLength: 1, maxLength: 4 })
    .map((labels) => labels.join("."))
    .filter((name) => new TextEncoder().encode(name).length <= 180);

const ipv4 = (): fc.Arbitrary<string> =>
  fc.array(fc.nat(255), { minLength: 4, maxLength: 4 }).map((numbers) => numbers.join("."));

const groups = (minLength: number, maxLength: number): fc.Arbitrary<string> =>
  fc.array(of("0123456789abcdefABCDEF", 1, 4), { minLength, maxLength }).map((hex) => hex.join(":"));

/** IPv6 addresses in the four forms of RFC 5321 §4.1.3. */
export const ipv6 = (): fc.Arbitrary<string> => {
  const compressed = fc.nat(6).chain((left) =>
    fc.tuple(
      groups(left, left),
      fc.nat(6 - left).chain((right) => groups(right, right)),
    ),
  );
  const mixed = fc
    .nat(4)
    .chain((left) =>
      fc.tuple(
        groups(left, left),
        fc.nat(4 - left).chain((right) => groups(right, right)),
        ipv4(),
      ),
    )
    .map(([left, right, dotted]) => `${left}::${right === "" ? "" : `${right}:`}${dotted}`);
  return fc.oneof(
    groups(8, 8),
    compressed.map(([left, right]) => `${left}::${right}`),
    fc.tuple(groups(6, 6), ipv4()).map((parts) => parts.join(":")),
    mixed,
  );
};

const dcontent = (): fc.Arbitrary<string> =>
  fc.string({
    unit: fc
      .integer({ min: 33, max: 126 })
      .filter((unit) => unit < 91 || unit > 93)
      .map((unit) => String.fromCharCode(unit)),
    minLength: 1,
    maxLength: 20,
  });

/** An address literal, with its brackets. */
export const addressLiteral = (): fc.Arbitrary<string> =>
  fc.oneof(
    ipv4().map((address) => `[${address}]`),
    fc.tuple(fc.constantFrom("IPv6", "ipv6", "IPV6"), ipv6()).map((parts) => `[${parts.join(":")}]`),
    fc.tuple(fc.constantFrom("x", "X400", "tag-1", "proto-x"), dcontent()).map((parts) => `[${parts.join(":")}]`),
  );

const localPart = (options: Wide): fc.Arbitrary<string> =>
  fc.oneof(
    fc.array(of(ATEXT, 1, 8), { minLength: 1, maxLength: 4 }).map((atoms) => atoms.join(".")),
    printableText({ ...options, maxLength: 15 }),
    of('"\\ @<>.,:;()[]a', 0, 20),
    fc.constantFrom("a".repeat(64), "", "postmaster", "__proto__", "a..b", ".a", "a.", "a@b"),
  );

/** A mailbox. */
export const mailbox = (options: Wide = {}): fc.Arbitrary<Mailbox> =>
  fc.record(
    { local: localPart(options), domain: fc.oneof(domain(options), addressLiteral()) },
    { noNullPrototype: true },
  );

/** The path of MAIL. */
export const reversePath = (options: Wide = {}): fc.Arbitrary<ReversePath> => fc.option(mailbox(options), { freq: 6 });

/** The path of RCPT. */
export const forwardPath = (options: Wide = {}): fc.Arbitrary<ForwardPath> =>
  fc.oneof(
    { weight: 6, arbitrary: mailbox(options) },
    { weight: 1, arbitrary: fc.constant({ local: "Postmaster", domain: "" }) },
  );

/** What EHLO says, as far as a client may say it. */
export const heloArgument = (): fc.Arbitrary<HeloArgument> =>
  fc.oneof(
    domain().map((text) => ({ kind: "domain" as const, text })),
    addressLiteral().map((text) => ({ kind: "literal" as const, text })),
  );
