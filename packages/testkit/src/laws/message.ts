/** Messages for the laws of the client: envelopes with the parameters of the composition, and content in pieces. */
import type { ForwardPath, ReversePath } from "@posthorn/contract";
import fc from "fast-check";
import { pieces, splits } from "../arbitraries/octets.ts";
import { domain } from "../arbitraries/paths.ts";
import type { Delivery } from "../client-host.ts";
import { octetsOf } from "../octets.ts";
import type { AnySamples, Ground } from "../subject.ts";

/** A message to send. */
export interface Case {
  readonly delivery: Delivery;
}

const params = (given: AnySamples["mail"]): fc.Arbitrary<Record<string, unknown>> => {
  const model: Record<string, fc.Arbitrary<unknown>> = {};
  for (const [name, sample] of Object.entries(given ?? {})) if (sample !== undefined) model[name] = sample;
  return fc.option(fc.record(model, { requiredKeys: [] }), { nil: {} });
};

const person = (): fc.Arbitrary<ForwardPath> =>
  fc.record({ local: fc.constantFrom("a", "b.c", "d e", "x@y", "postmaster"), domain: domain() });

const LINES = ["", ".", "..", "text", "QUIT", "x".repeat(200)];

const content = (): fc.Arbitrary<readonly Uint8Array[]> =>
  fc
    .array(fc.constantFrom(...LINES), { maxLength: 8 })
    .map((lines) => octetsOf(lines.map((line) => `${line}\r\n`).join("")))
    .chain((octets) => splits(octets.length).map((cuts) => pieces(octets, cuts).filter((piece) => piece.length > 0)));

/** Messages with parameters of the ground. */
export const cases = ({ samples }: Ground): fc.Arbitrary<Case> => {
  const from: fc.Arbitrary<ReversePath> = fc.option(person(), { freq: 6 });
  const recipient = fc.record({ path: person(), params: params(samples.rcpt) });
  return fc
    .record({
      from,
      to: fc.array(recipient, { minLength: 1, maxLength: 5 }),
      params: params(samples.mail),
      reopenable: fc.boolean(),
      body: content(),
      known: fc.boolean(),
    })
    .map(({ body, known, ...message }) => {
      const size = body.reduce((sum, piece) => sum + piece.length, 0);
      return {
        delivery: {
          message: { ...message, facts: known ? { octets: "7bit", size, endsInCrlf: true } : { octets: "7bit" } },
          content: body,
        },
      };
    });
};
