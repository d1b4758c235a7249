/**
 * Laws of the client, most of them with a server at the other end: splits and delays change nothing, each recipient gets
 * a verdict, nothing that a caller gives becomes a line of its own, and an upgrade makes it a client that was never there.
 */
import type { Reply } from "@posthorn/contract";
import fc from "fast-check";
import { HOSTILE } from "../arbitraries/text.ts";
import { broken, type Law, type LawMaker } from "../law.ts";
import { link, type LinkLog, type LinkOptions } from "../link.ts";
import { decideBy } from "../lockstep.ts";
import { difference } from "../log.ts";
import { textOf } from "../octets.ts";
import { show } from "../show.ts";
import type { Ground } from "../subject.ts";
import { verdicts } from "./dialogue.ts";
import { type Case, cases } from "./message.ts";
import { tainted } from "./taint.ts";

interface Given {
  readonly many: readonly Case[];
  readonly script: readonly (Reply | undefined)[];
  readonly there: readonly number[];
  readonly here: readonly number[];
  readonly late: readonly number[];
}

const sizes = (): fc.Arbitrary<readonly number[]> =>
  fc.oneof(fc.constant([1]), fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 5 }));

/** How two links differ. What a client still sends after a refusal under way is exempt, and what the server makes of it. */
const unlike = (expected: LinkLog, found: LinkLog): string | undefined => {
  if (show(expected.outcomes) !== show(found.outcomes))
    return `the verdicts were ${show(expected.outcomes)}, and are ${show(found.outcomes)}`;
  if ([expected, found].some(({ client }) => client.some((entry) => entry.includes('type: "unwanted"'))))
    return undefined;
  const client = difference(expected.client, found.client);
  if (client !== undefined) return `the client tells it otherwise: ${client}`;
  const server = difference(expected.server, found.server);
  if (server !== undefined) return `the server tells it otherwise: ${server}`;
  for (const way of ["toServer", "toClient"] as const) {
    const [before, after] = [textOf(expected[way]), textOf(found[way])];
    if (before !== after) return `the octets ${way} were ${JSON.stringify(before)}, and are ${JSON.stringify(after)}`;
  }
  return undefined;
};

const judged = ({ many }: Given, { outcomes, client }: LinkLog): void => {
  for (const [at, { verdicts: each }] of outcomes.entries()) {
    const wants = many[at]?.delivery.message.to.length;
    if (each.length !== wants) broken(`${String(wants)} recipients got ${each.length} verdicts`);
  }
  if (!client.some((entry) => entry.includes('type: "closed"'))) broken("the client does not end");
};

const run = (ground: Ground, protocol: "smtp" | "lmtp", given: Given, options: LinkOptions): LinkLog =>
  link(ground[protocol], ground[protocol], {
    deliveries: given.many.map(({ delivery }) => delivery),
    decide: decideBy(given.script),
    ...options,
  });

const linked = (ground: Ground, protocol: "smtp" | "lmtp", law: LawMaker): readonly Law[] => {
  const given: fc.Arbitrary<Given> = fc.record({
    many: fc.array(cases(ground), { minLength: 1, maxLength: 2 }),
    script: verdicts(),
    there: sizes(),
    here: sizes(),
    late: fc.array(fc.nat(4), { minLength: 1, maxLength: 5 }),
  });
  const count = protocol === "smtp" ? 20 : 10;
  return [
    law(`split invariance of the client (${protocol})`, count, given, (one) => {
      const whole = run(ground, protocol, one, {});
      judged(one, whole);
      const found = unlike(whole, run(ground, protocol, one, { splits: { toServer: one.there, toClient: one.here } }));
      if (found !== undefined) broken(`with other cuts ${found}`);
    }),
    law(`delay invariance of the client (${protocol})`, count, given, (one) => {
      const delays = { server: one.late, client: one.late.toReversed() };
      const found = unlike(
        run(ground, protocol, one, {}),
        run(ground, protocol, one, { delays, splits: { toServer: one.there, toClient: one.here } }),
      );
      if (found !== undefined) broken(`with other delays ${found}`);
    }),
  ];
};

// oxlint-disable-next-line no-control-regex -- that is what is looked for
const RAW = /\r(?!\n)|(?<!\r)\n|\0/;

const echoes = (ground: Ground, { delivery }: Case, hostile: string, pick: number): void => {
  const { facts, ...rest } = delivery.message;
  const bad = tainted(rest, hostile);
  const one = bad[pick % Math.max(1, bad.length)];
  if (one === undefined) return;
  const message = { ...delivery.message, ...one, facts };
  const { toServer } = link(ground.smtp, ground.smtp, { deliveries: [{ message, content: delivery.content }] });
  const text = textOf(toServer);
  if (RAW.test(text)) broken(`a bare line ending of ${show(one)} reaches the wire: ${JSON.stringify(text)}`);
  if (/^RCPT TO:<evil@b\.example>/m.test(text)) broken(`${show(one)} becomes a command of its own`);
};

/** The laws of the client over a ground. */
export const clientLaws = (ground: Ground, law: LawMaker): readonly Law[] => [
  ...linked(ground, "smtp", law),
  ...linked(ground, "lmtp", law),
  law(
    "nothing that a caller gives becomes a line of its own",
    40,
    fc.record({ one: cases(ground), hostile: fc.constantFrom(...HOSTILE), pick: fc.nat(1000) }),
    ({ one, hostile, pick }) => {
      echoes(ground, one, hostile, pick);
    },
  ),
];
