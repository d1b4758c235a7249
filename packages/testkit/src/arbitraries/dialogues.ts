/**
 * Dialogues: what a client might say to a composition, sense and nonsense, one unit at a time. A unit is a command line,
 * with the octets that follow it at once, and what is to be said to each 3yz reply.
 */
import { ASCII, type AnyVerb, type Grammar, LocalProtocolError, UTF8 } from "@posthorn/contract";
import type { Composition } from "@posthorn/session";
import { encodeCommand, splitCommand } from "@posthorn/wire";
import fc from "fast-check";
import { joined, octetsOf } from "../octets.ts";
import type { AnySamples, Ground } from "../subject.ts";
import { anyOctets } from "./octets.ts";
import { forwardPath, heloArgument, reversePath } from "./paths.ts";
import { printableText } from "./text.ts";

/** One thing that a client says. */
export interface Unit {
  /** The verb of its line, in upper case; `""` where it has none. */
  readonly verb: string;
  /** The line with its CRLF, and the octets that follow at once. */
  readonly octets: Uint8Array;
  /** What is said to the first, second, … 3yz. */
  readonly after: readonly Uint8Array[];
  /** Whether octets that end a message follow, so that LMTP answers for each recipient. */
  readonly last: boolean;
}

const DOT = octetsOf(".\r\n");

const unit = (octets: Uint8Array, after: readonly Uint8Array[] = [DOT], last = false): Unit => {
  const end = octets.findIndex((octet, at) => octet === 10 && octets[at - 1] === 13);
  return { verb: splitCommand(octets.subarray(0, Math.max(0, end - 1))).verb, octets, after, last };
};

/** A line as a unit: `said("RSET")`. */
export const said = (line: string): Unit => unit(octetsOf(`${line}\r\n`));

const encode = (row: AnyVerb, args: unknown, grammar: Grammar): Uint8Array | undefined => {
  try {
    return encodeCommand(row.name, row.args.encode(args, grammar), grammar, 65_536);
  } catch (error) {
    if (error instanceof LocalProtocolError) return undefined;
    throw error;
  }
};

const either = (row: AnyVerb, args: unknown): Uint8Array =>
  encode(row, args, ASCII) ?? encode(row, args, UTF8) ?? octetsOf("NOOP unencodable\r\n");

const LINES = ["", ".", "..", ".x", "text", "QUIT", "RSET", "x".repeat(70), "."];

/** Content of lines, dots doubled, with its end, as DATA has it (RFC 5321 §4.5.2). */
const dataOctets = (): fc.Arbitrary<Uint8Array> =>
  fc
    .tuple(fc.array(fc.constantFrom(...LINES), { maxLength: 6 }), fc.constantFrom("", "", "", "\n", "\r", "\u00e9\r\n"))
    .map(([lines, odd]) => {
      const text = lines.map((line) => `${line.startsWith(".") ? "." : ""}${line}\r\n`).join("");
      return octetsOf(`${text}${odd === "" || odd.endsWith("\r\n") ? odd : `x${odd}y\r\n`}.\r\n`);
    });

const params = (given: AnySamples["mail"]): fc.Arbitrary<Record<string, unknown>> => {
  const model: Record<string, fc.Arbitrary<unknown>> = {};
  for (const [name, sample] of Object.entries(given ?? {})) if (sample !== undefined) model[name] = sample;
  return fc.record(model, { requiredKeys: [] });
};

const row = (composition: Composition, name: string): AnyVerb | undefined => composition.row(name)?.verb;

const envelope = (
  { smtp, samples }: Ground,
  name: "MAIL" | "RCPT",
  path: fc.Arbitrary<unknown>,
): fc.Arbitrary<Unit> => {
  const verb = row(smtp, name);
  const given = name === "MAIL" ? samples.mail : samples.rcpt;
  if (verb === undefined) return fc.constant(said("NOOP"));
  return fc.record({ path, params: params(given) }).map((args) => unit(either(verb, args)));
};

/** What an intake carries, framed. */
const framed = (verb: AnyVerb, args: unknown, carried: unknown): Uint8Array => {
  const encoder = verb.intake?.encode(args);
  if (encoder === undefined) return new Uint8Array(0);
  const body = encoder.write(carried).slice();
  return joined([body, encoder.end()]);
};

const own = (verb: AnyVerb, samples: AnySamples): fc.Arbitrary<Unit> | undefined => {
  const given = samples.verbs?.[verb.name];
  if (given === undefined) return undefined;
  return given.args.chain((args) => {
    const line = either(verb, args);
    const { intake } = verb;
    if (intake === undefined || given.carries === undefined) return fc.constant(unit(line));
    const carried = given.carries(args).map((value) => framed(verb, args, value));
    if (intake.opens === "with-command")
      return carried.map((octets) => unit(joined([line, octets]), [], intake.last(args)));
    return fc
      .array(carried, { minLength: 1, maxLength: 4 })
      .map((after) => unit(line, after, intake.carries === "content" && intake.last(args)));
  });
};

/** A line with an argument that means nothing; never one that would announce octets. */
const wrong = (verb: AnyVerb): fc.Arbitrary<Unit> =>
  fc
    .option(printableText({ maxLength: 20 }), { nil: undefined })
    .map((argument) => (argument === undefined ? verb.name : `${verb.name} ${argument}`))
    .map((line) => {
      const { raw } = splitCommand(octetsOf(line));
      const announces = verb.intake?.opens === "with-command" && verb.args.decode(raw, ASCII).ok;
      return said(announces ? "NOOP" : line);
    });

const noise = (): fc.Arbitrary<Unit> =>
  fc.oneof(
    anyOctets().map((octets) => unit(joined([octets.map((octet) => (octet === 10 ? 11 : octet)), octetsOf("\r\n")]))),
    fc.constantFrom(said("NOOP a\nb"), said("NOOP a\rb"), said(`NOOP ${"x".repeat(5000)}`), said(""), said("HELP \0")),
  );

/** A unit of nonsense must not be a command that announces octets. */
const harmless = (composition: Composition, given: Unit): boolean =>
  row(composition, given.verb)?.intake?.opens !== "with-command";

/** Dialogues over a composition and its samples, hello and transactions often enough to get somewhere. */
export const dialogues = (ground: Ground, protocol: "smtp" | "lmtp" = "smtp"): fc.Arbitrary<readonly Unit[]> => {
  const composition = ground[protocol];
  const hello = heloArgument().map(({ text }) => said(`${protocol === "lmtp" ? "LHLO" : "EHLO"} ${text}`));
  const mail = envelope(ground, "MAIL", reversePath());
  const rcpt = envelope(ground, "RCPT", forwardPath());
  const data = dataOctets().map((octets) => unit(octetsOf("DATA\r\n"), [octets], true));
  const extension = composition.rows.filter(({ owner }) => owner >= 0).map(({ verb }) => verb);
  const talks = extension.map((verb) => own(verb, ground.samples)).filter((found) => found !== undefined);
  const transfers = extension
    .filter(({ intake }) => intake?.carries === "content")
    .map((verb) => own(verb, ground.samples))
    .filter((found) => found !== undefined);
  const content = fc.oneof(data, ...transfers);
  const transaction = fc
    .tuple(mail, fc.array(rcpt, { minLength: 1, maxLength: 3 }), fc.array(content, { minLength: 1, maxLength: 3 }))
    .map(([first, many, parts]) => [first, ...many, ...parts]);
  const base = ["RSET", "NOOP", "HELP", "HELP MAIL", "VRFY x", "EXPN x", "DATA x", "HELO client.example", "GET"];
  const single = fc.oneof(
    { weight: 2, arbitrary: hello },
    { weight: 1, arbitrary: mail },
    { weight: 1, arbitrary: rcpt },
    { weight: 1, arbitrary: envelope(ground, "MAIL", reversePath({ utf8: true })) },
    { weight: 1, arbitrary: envelope(ground, "RCPT", forwardPath({ utf8: true })) },
    { weight: 2, arbitrary: content },
    { weight: 3, arbitrary: fc.oneof(...talks, hello) },
    { weight: 3, arbitrary: fc.constantFrom(...base.map(said)) },
    { weight: 1, arbitrary: fc.oneof(...extension.map(wrong), hello) },
    { weight: 1, arbitrary: noise().filter((given) => harmless(composition, given)) },
  );
  const part = fc.oneof(
    { weight: 3, arbitrary: single.map((one) => [one]) },
    { weight: 1, arbitrary: transaction },
    { weight: 2, arbitrary: fc.tuple(hello, fc.oneof(...talks, hello)) },
    { weight: 2, arbitrary: fc.tuple(hello, transaction).map(([first, rest]) => [first, ...rest]) },
  );
  return fc
    .tuple(fc.option(hello, { nil: said("NOOP"), freq: 8 }), fc.array(part, { maxLength: 8 }))
    .map(([first, parts]) => [first, ...parts.flat()]);
};
