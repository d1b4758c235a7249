/**
 * Laws of dialogues, on the server: split invariance, delay invariance, one reply a command in order, and nothing that
 * came in the clear is heard after an upgrade.
 */
import { type Reply, reply } from "@posthorn/contract";
import fc from "fast-check";
import { dialogues, said, type Unit } from "../arbitraries/dialogues.ts";
import { broken, type Law, type LawMaker } from "../law.ts";
import { decideBy, type Held, holdDialogue } from "../lockstep.ts";
import { octetsOf, textOf } from "../octets.ts";
import { replay, unlike } from "../replay.ts";
import type { Ground } from "../subject.ts";

const PROTOCOLS = ["smtp", "lmtp"] as const;

/** What a host says now and then; mostly it accepts. */
export const verdicts = (): fc.Arbitrary<readonly (Reply | undefined)[]> =>
  fc.array(
    fc.oneof(
      { weight: 8, arbitrary: fc.constant(undefined) },
      { weight: 1, arbitrary: fc.constant(reply(450, "4.2.0", "Not now")) },
      { weight: 1, arbitrary: fc.constant(reply(550, "5.7.1", "Not you")) },
    ),
    { minLength: 1, maxLength: 7 },
  );

const sizes = (): fc.Arbitrary<readonly number[]> =>
  fc.oneof(fc.constant([1]), fc.array(fc.integer({ min: 1, max: 30 }), { minLength: 1, maxLength: 6 }));

const delays = (): fc.Arbitrary<readonly number[]> => fc.array(fc.nat(4), { minLength: 1, maxLength: 5 });

const counted = ({ exchanges }: Held): void => {
  for (const { verb, said: octets, replies, wants, closed } of exchanges) {
    const fits = wants.includes(replies.length) || (closed && replies.length > 0);
    if (!fits)
      broken(`${verb || "a line without a verb"} got ${replies.length} replies: ${JSON.stringify(textOf(octets))}`);
  }
};

const consumed = ({ answers }: Held, units: readonly Unit[]): void => {
  for (const [at, answer] of answers.entries()) {
    if (units[at - 1]?.after.length === 0 && !answer.startsWith("250"))
      broken(`behind ${units[at - 1]?.verb ?? ""}, NOOP is answered ${JSON.stringify(answer)}`);
  }
};

/** A host that began to hold content is told what becomes of it. */
const ended = (log: readonly string[]): void => {
  let begun = false;
  for (const entry of log) {
    const type = /^\{.*? type: "(\w+)"/.exec(entry)?.[1];
    if (entry.startsWith("content ")) begun = true;
    else if (type === "message" || type === "dropped") begun = false;
    else if (begun && (type === "transfer" || type === "closed"))
      broken(`content was begun, and then there is ${entry} without a word of it`);
  }
};

/** The laws of dialogues over a ground. */
export const dialogueLaws = (ground: Ground, law: LawMaker): readonly Law[] =>
  PROTOCOLS.flatMap((protocol) => {
    const composition = ground[protocol];
    const hello = `${protocol === "lmtp" ? "LHLO" : "EHLO"} client.example`;
    const cases = protocol === "smtp" ? 20 : 10;
    const talks = dialogues(ground, protocol);
    const given = fc.record({ units: talks, script: verdicts() });
    return [
      law(`one reply a command, in order (${protocol})`, cases, given, ({ units, script }) => {
        const decide = decideBy(script);
        const held = holdDialogue(composition, units, { decide });
        counted(held);
        const whole = replay(composition, held.segments, { decide });
        const [apart, together] = [textOf(held.sent), textOf(whole.sent)];
        if (apart !== together)
          broken(`one at a time it answers ${JSON.stringify(apart)}, at once ${JSON.stringify(together)}`);
      }),
      law(
        `split invariance of the server (${protocol})`,
        cases,
        fc.record({ units: talks, script: verdicts(), sizes: sizes() }),
        ({ units, script, sizes: cut }) => {
          const decide = decideBy(script);
          const { segments } = holdDialogue(composition, units, { decide });
          const found = unlike(
            replay(composition, segments, { decide }),
            replay(composition, segments, { decide, sizes: cut }),
          );
          if (found !== undefined) broken(`cut into ${cut.join(", ")}, ${found}`);
        },
      ),
      law(
        `delay invariance of the server (${protocol})`,
        cases,
        fc.record({ units: talks, script: verdicts(), sizes: sizes(), late: delays() }),
        ({ units, script, sizes: cut, late }) => {
          const decide = decideBy(script);
          const { segments } = holdDialogue(composition, units, { decide });
          const found = unlike(
            replay(composition, segments, { decide }),
            replay(composition, segments, { decide, sizes: cut, delays: late }),
          );
          if (found !== undefined) broken(`answered late, ${found}`);
        },
      ),
      law(
        `nothing said in the clear is heard after an upgrade (${protocol})`,
        cases,
        fc.record({ units: talks, upgrades: fc.boolean(), sizes: sizes() }),
        ({ units, upgrades, sizes: cut }) => {
          const { segments } = holdDialogue(composition, upgrades ? [said(hello), said("XSECURE"), ...units] : units);
          const tail = octetsOf(`RSET\r\n${hello}\r\nMAIL FROM:<evil@evil.example>\r\n`);
          const bare = replay(composition, segments);
          for (const each of [[], cut]) {
            const found = unlike(bare, replay(composition, segments, { tail, sizes: each }));
            if (found !== undefined) broken(`with octets behind the upgrade, ${found}`);
          }
        },
      ),
      law(`octets that were announced are consumed, whatever is answered (${protocol})`, cases, given, (one) => {
        // Such a unit has nothing to say to a 3yz: its octets are with it. What follows must be heard as it is.
        const units = one.units.flatMap((unit) => (unit.after.length === 0 ? [unit, said("NOOP")] : [unit]));
        consumed(holdDialogue(composition, units, { decide: decideBy(one.script) }), units);
      }),
      law(`content is completed or dropped, once (${protocol})`, cases, given, ({ units, script }) => {
        const decide = decideBy(script);
        const { segments } = holdDialogue(composition, units, { decide });
        ended(replay(composition, segments, { decide }).log);
      }),
    ];
  });
