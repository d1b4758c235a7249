/**
 * What must be forgotten is forgotten, on both sides, by scope: `transaction` at RSET and all that is above, `hello` at a
 * hello, `security` at an upgrade; and what must be kept is kept. Nothing is remembered beside a session: two of them
 * never meet. Counters are no memory, so that after a failure of one of the extensions' verbs only memory is compared.
 */
import type { Extensions, Scope } from "@posthorn/contract";
import type { ServerSession } from "@posthorn/session";
import fc from "fast-check";
import { dialogues, said, type Unit } from "../arbitraries/dialogues.ts";
import { broken, type Law, type LawMaker } from "../law.ts";
import { holdDialogue, type Held } from "../lockstep.ts";
import { SECURED, ServerHost } from "../server-host.ts";
import { show } from "../show.ts";
import type { Ground } from "../subject.ts";

const HELLO = said("EHLO client.example");
const SECURE = said("XSECURE");
const WIDTH: Readonly<Record<Scope, number>> = { transaction: 0, hello: 1, security: 2 };

const states = (session: ServerSession<Extensions>): Readonly<Record<string, unknown>> => ({ ...session.state });

const transactionOf = ({ mail, recipients, octets, utf8 }: ServerSession<Extensions>): string =>
  show({ mail, recipients, octets, utf8 });

const NOTHING = show({ mail: undefined, recipients: 0, octets: 0, utf8: false });

interface Remembering extends Ground {
  /** Each extension's memory before anything was ever said, as text: an `initial` that gives the same object twice is found out. */
  readonly fresh: ReadonlyMap<string, string>;
}

/** Compares memory before and after something that forgets a scope. */
const remembered = ({ smtp, fresh }: Remembering, scope: Scope, before: Held, after: Held): void => {
  const [was, is] = [states(before.host.session), states(after.host.session)];
  for (const { keyword, memory } of smtp.specs) {
    if (memory === undefined) continue;
    const forgets = WIDTH[memory.scope] <= WIDTH[scope];
    const expected = forgets ? fresh.get(keyword) : show(was[keyword]);
    if (show(is[keyword]) !== expected)
      broken(
        `what ${keyword} remembers for ${memory.scope} ${forgets ? "outlives" : "does not outlive"} what forgets ${scope}: ` +
          `expected ${String(expected)}, found ${show(is[keyword])}`,
      );
  }
  if (transactionOf(after.host.session) !== NOTHING)
    broken(`the transaction outlives it: ${transactionOf(after.host.session)}`);
};

const facts = (ground: Ground, session: ServerSession<Extensions>): string =>
  show(ground.smtp.specs.flatMap(({ server }) => Object.keys(server?.facts ?? {}).map((name) => session.fact(name))));

const failed = (ground: Ground, session: ServerSession<Extensions>): boolean =>
  ground.smtp.rows.some(({ owner, verb }) => owner >= 0 && session.failures(verb.name) > 0);

const accepted = ({ answers }: Held): boolean => answers.at(-1)?.startsWith("2") === true;

const unoffered = ({ smtp }: Ground, { host }: Held, what: string): void => {
  const kept = smtp.specs.filter(({ keyword }) => host.session.offered(keyword)).map(({ keyword }) => keyword);
  if (kept.length > 0) broken(`${kept.join(", ")} is still offered after ${what}`);
};

const afterUpgrade = (ground: Remembering, units: readonly Unit[], probe: readonly Unit[]): void => {
  const { smtp } = ground;
  const talk = units.filter(({ verb }) => verb !== "XSECURE"); // that one upgrade comes below
  const before = holdDialogue(smtp, talk);
  if (before.host.closed || before.host.session.tls !== undefined) return;
  const prefix = [...talk, HELLO, SECURE];
  const after = holdDialogue(smtp, prefix);
  if (after.answers.at(-1)?.startsWith("220") !== true) return;
  if (show(after.host.session.tls) !== show(SECURED)) broken("the session does not know that it is secure");
  remembered(ground, "security", before, after);
  if (after.host.session.hello !== undefined) broken("the hello outlives an upgrade");
  unoffered(ground, after, "an upgrade");
  const fresh = new ServerHost(smtp, { tls: SECURED });
  if (facts(ground, after.host.session) !== facts(ground, fresh.session)) broken("a fact outlives an upgrade");
  const tail = [said("NOOP"), HELLO, ...probe];
  const told = holdDialogue(smtp, [...prefix, ...tail]);
  const anew = holdDialogue(smtp, tail, { tls: SECURED });
  const most = failed(ground, told.host.session) ? 2 : tail.length;
  for (let at = 0; at < most; at++) {
    const [found, expected] = [told.answers[prefix.length + at], anew.answers[at]];
    if (found !== expected)
      broken(`after an upgrade it answers ${show(found)}, where one who never spoke before gets ${show(expected)}`);
  }
};

/** The laws of the server's memory. */
export const forgettingLaws = (ground: Ground, law: LawMaker): readonly Law[] => {
  const { smtp } = ground;
  const initial = states(new ServerHost(smtp).session);
  const fresh = new Map(Object.keys(initial).map((keyword) => [keyword, show(initial[keyword])]));
  const all: Remembering = { ...ground, fresh };
  const talk = dialogues(ground);
  return [
    law("RSET forgets the transaction and no more", 15, talk, (units) => {
      const before = holdDialogue(smtp, units);
      const after = holdDialogue(smtp, [...units, said("RSET")]);
      if (!before.host.closed && accepted(after)) remembered(all, "transaction", before, after);
    }),
    law("a hello forgets the hello before it and no more", 15, talk, (units) => {
      const before = holdDialogue(smtp, units);
      const after = holdDialogue(smtp, [...units, HELLO]);
      if (!before.host.closed && accepted(after)) remembered(all, "hello", before, after);
    }),
    law("after HELO nothing is offered", 15, talk, (units) => {
      const after = holdDialogue(smtp, [...units, said("HELO client.example")]);
      if (!after.host.closed && accepted(after)) unoffered(ground, after, "HELO");
    }),
    law("an upgrade forgets all", 15, fc.record({ units: talk, probe: talk }), ({ units, probe }) => {
      afterUpgrade(all, units, probe);
    }),
    law("nothing is remembered beside a session", 15, fc.record({ units: talk, probe: talk }), ({ units, probe }) => {
      const first = holdDialogue(smtp, [HELLO, ...probe]);
      holdDialogue(smtp, units);
      const second = holdDialogue(smtp, [HELLO, ...probe]);
      if (show(first.answers) !== show(second.answers))
        broken(`a session answers ${show(second.answers)}, and before another one it was ${show(first.answers)}`);
    }),
  ];
};
