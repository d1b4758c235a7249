/**
 * The model test: a random, partly hostile server against the client, judged by the naive model. Codes of success for
 * what cannot succeed, replies of a wrong class, 421 and a closed connection at any place, in SMTP and LMTP, by DATA and
 * by chunks, with every window, at random cuts.
 */
import { type Extensions, LocalProtocolError } from "@posthorn/contract";
import { compose, NEED_DATA } from "@posthorn/session";
import fc from "fast-check";
import { expect, test } from "vitest";
import { chunks, few, group } from "./fixtures.ts";
import { type Cut, Host, message, octets, whole } from "./host.ts";
import { judge, Server } from "./model.ts";

const RUNS = 1000 * Number(process.env["POSTHORN_RUNS"] ?? 1);

interface Setting {
  readonly lmtp: boolean;
  readonly window: number;
  readonly chunked: boolean;
  /** Recipients in a transaction. */
  readonly most: number;
}

const setting = fc.record({
  lmtp: fc.boolean(),
  window: fc.constantFrom(1, 2, 3, 5, 20),
  chunked: fc.boolean(),
  most: fc.constantFrom(1, 2, 9),
});

/** Mostly good manners, so that dialogues go far. */
const choices = (most: number): fc.Arbitrary<number[]> =>
  fc.array(
    fc.oneof({ weight: 3, arbitrary: fc.constant(0) }, { weight: 2, arbitrary: fc.integer({ min: 60, max: most }) }),
    {
      maxLength: 60,
    },
  );

const sizes = fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 6 });

/** Cuts into pieces of the given sizes, over and over. */
const cutting =
  (pieces: readonly number[]): Cut =>
  (given) => {
    const cut: Uint8Array[] = [];
    for (let at = 0, n = 0; at < given.length; n++) {
      const size = pieces[n % pieces.length] ?? 1;
      cut.push(given.slice(at, at + size));
      at += size;
    }
    return cut;
  };

const CONTENTS: readonly (readonly string[])[] = [
  ["Subject: x\r\n", "\r\n.\r\n..", "a\r\n"],
  ["no end of line"],
  [],
  [".", "\r\n", ".\r\n"],
];

/** The content as the server must have it: DATA ends the last line (RFC 5321 §4.1.1.4). */
const arrived = (pieces: readonly string[], chunked: boolean): string => {
  const content = pieces.join("");
  return chunked || content === "" || content.endsWith("\r\n") ? content : `${content}\r\n`;
};

class Play {
  readonly host: Host<Extensions>;
  readonly server: Server;
  sent = "";
  readonly #groups: number;
  readonly #setting: Setting;
  #content: readonly string[] = [];

  constructor(given: Setting, choices: readonly number[], cut: Cut) {
    const extensions = [group(given.window), few(), ...(given.chunked ? [chunks()] : [])];
    const habits = { cut, content: this.#content };
    this.host = new Host(compose<Extensions>(extensions, { protocol: given.lmtp ? "lmtp" : "smtp" }), habits, {
      chunk: 4,
    });
    this.server = new Server(choices, given.lmtp, ["GROUP", `FEW ${given.most}`, ...(given.chunked ? ["CHUNKS"] : [])]);
    this.#setting = given;
    this.#groups = given.most;
    this.pump(this.host.feed(octets(this.server.greet())));
  }

  /** Lets both talk until nothing more is said. */
  pump(said: string): void {
    let text = said;
    while (text !== "") {
      this.sent += text;
      const answer = this.server.take(text);
      text = answer === "" ? "" : this.host.feed(octets(answer));
    }
    if (this.server.dead) this.host.feed(null);
  }

  /** Sends one message; returns its verdicts, and what the model says. */
  deliver(
    to: readonly string[],
    content: readonly string[],
  ): { readonly verdicts: readonly string[]; readonly judged: readonly string[]; readonly usable: boolean } {
    const { host, server } = this;
    host.habits.content = content;
    const [steps, outcomes] = [server.steps.length, host.events.length];
    this.pump(host.send(message(to, { reopenable: true })));
    // A reply too many, octet by octet, stands for that to the next command, and so on: the last never comes, and the deadline passes.
    if (server.extra && host.session.awaiting !== undefined) host.feed(null);
    const told = host.events.slice(outcomes).filter((event) => event.type === "outcome");
    if (told.length !== 1) throw new Error(`${told.length} outcomes for one message`);
    const groups: string[][] = [];
    for (let at = 0; at < to.length; at += this.#groups) groups.push(to.slice(at, at + this.#groups));
    const mine = server.steps.slice(steps);
    return {
      verdicts: host.verdicts,
      judged: judge(mine, groups, this.#setting.lmtp),
      usable: told[0]?.usable ?? false,
    };
  }
}

const TO = ["a@x.example", "b@x.example", "c@x.example"];

test("every verdict is what the transcript says, and a connection is usable exactly where both know where they are", () => {
  const seen = new Set<string>();
  fc.assert(
    fc.property(setting, choices(95), sizes, fc.integer({ min: 1, max: 3 }), (given, chosen, pieces, people) => {
      const play = new Play(given, chosen, cutting(pieces));
      let alive = true;
      for (let n = 0; alive && n < 4; n++) {
        const content = CONTENTS[n % CONTENTS.length] ?? [];
        const begun = play.server.steps.length;
        const { verdicts, judged, usable } = play.deliver(TO.slice(0, people), content);
        expect(verdicts).toEqual(judged);
        for (const verdict of verdicts) seen.add(verdict);
        for (const [at, verdict] of verdicts.entries()) {
          const one = TO[at] ?? "";
          const has = play.server.stored.some(
            ({ to, content: stored }) => to.includes(one) && stored === arrived(content, given.chunked),
          );
          expect(verdict !== "accepted" || has).toBe(true);
        }
        const { server, host } = play;
        const reset = server.steps.slice(begun).some(({ verb, codes }) => verb === "RSET" && (codes[0] ?? 0) >= 300);
        const known = !server.dead && server.idle && host.session.phase === "ready" && host.ending === undefined;
        const lost = host.ending !== undefined && (server.dead || server.strange || reset);
        expect(usable ? known : lost).toBe(true);
        alive = usable;
      }
      expect(play.host.events.filter(({ type }) => type === "closed")).toHaveLength(alive ? 0 : 1);
    }),
    { numRuns: RUNS },
  );
  expect([...seen].sort()).toEqual(
    expect.arrayContaining(["accepted", "in-doubt", "refused 421 DATA", "refused 550 CHUNK", "unsent"]),
  );
});

/**
 * The exemption: what had not left when the server broke off never leaves, so that how much left depends on when it was
 * taken, and with it whether the last chunk is unsent or in doubt.
 */
const settled = (verdict: string): string => (verdict === "in-doubt" ? "unsent" : verdict);

test("how replies are cut changes neither what is told nor what is sent (law 1)", () => {
  fc.assert(
    fc.property(setting, choices(95), sizes, (given, chosen, pieces) => {
      const plays = [whole, cutting(pieces), cutting([1])].map((cut) => {
        const play = new Play(given, chosen, cut);
        if (play.host.ending === undefined) play.deliver(TO, CONTENTS[0] ?? []);
        return play;
      });
      const [first, ...others] = plays;
      for (const other of others) {
        const broken = first?.host.ending !== undefined;
        expect(broken ? "" : other.sent).toBe(broken ? "" : first?.sent);
        const alike = !broken || !given.chunked;
        expect(alike ? other.host.events : []).toEqual(alike ? first?.host.events : []);
        expect(other.host.ending).toBe(first?.host.ending);
        expect(other.host.verdicts.map(settled)).toEqual(first?.host.verdicts.map(settled));
      }
    }),
    { numRuns: RUNS / 4 },
  );
});

test("a reply too many that stands for the next leaves one that never comes, and its deadline ends the message", () => {
  const given = { lmtp: true, window: 1, chunked: true, most: 9 };
  const play = new Play(given, [0, 0, 0, 0, 97, 0, 0, 0, 70], cutting([1]));
  const { verdicts, usable } = play.deliver(TO, CONTENTS[0] ?? []);
  expect([verdicts.includes("accepted"), usable]).toEqual([false, false]);
});

test("garbage, extra replies and halves of them: nothing is accepted that was not, and one outcome is told", () => {
  fc.assert(
    fc.property(setting, choices(98), sizes, (given, chosen, pieces) => {
      const play = new Play(given, chosen, cutting(pieces));
      let usable = play.host.ending === undefined;
      for (let n = 0; usable && n < 3; n++) {
        const before = play.server.steps.length;
        const outcome = play.deliver(TO, CONTENTS[0] ?? []);
        const complete = play.server.steps.slice(before).some((step) => step.complete);
        expect(complete || !outcome.verdicts.includes("accepted")).toBe(true);
        usable = outcome.usable && play.host.ending === undefined;
      }
      play.host.feed(null);
      expect(play.host.events.filter(({ type }) => type === "closed")).toHaveLength(1);
      expect(play.host.events.at(-1)?.type).toBe("closed");
      expect(play.host.flush()).toBe("");
    }),
    { numRuns: RUNS },
  );
});

/** Pieces that a server might say, and worse. */
const babble = fc.array(
  fc.oneof(
    fc.uint8Array({ maxLength: 8 }),
    fc
      .constantFrom(
        "220 mx\r\n",
        "250-mx\r\n250-GROUP\r\n250-FEW 2\r\n250 CHUNKS\r\n",
        "250 ok\r\n",
        "250-",
        "354 go\r\n",
        "334 x\r\n",
        "421 no\r\n",
        "550 5.1.1 no\r\n",
        "\r\n",
        "\n",
        "2",
      )
      .map(octets),
  ),
  { maxLength: 30 },
);

test("random octets and a random host: nothing throws but our own mistakes, nothing hangs, nothing grows", () => {
  fc.assert(
    fc.property(setting, babble, fc.array(fc.integer({ min: 0, max: 12 }), { maxLength: 40 }), (given, texts, acts) => {
      const { host } = new Play(given, [], whole);
      const { session } = host;
      delete host.habits.content;
      const content = octets("x\r\n");
      const calls: readonly (() => void)[] = [
        () => session.send(session.plan(message(TO, { reopenable: true }))),
        () => void session.write(content),
        () => void session.write(octets("bare\n")),
        () => session.end(),
        () => session.abandon("why not"),
        () => session.quit(),
        () => session.abort("enough"),
        () => session.upgraded({ version: "x" }),
        () => session.run(function* () {}),
      ];
      let sends = 0;
      for (let n = 0; n < Math.max(texts.length, acts.length); n++) {
        const act = acts[n] ?? 99;
        try {
          calls[act]?.();
          if (act === 0) sends += 1;
        } catch (error) {
          if (!(error instanceof LocalProtocolError)) throw error;
        }
        host.drain();
        if (n % 2 === 0) session.take();
        const text = texts[n];
        if (text !== undefined) session.receive(text);
        host.drain();
        expect(session.next()).toBe(NEED_DATA);
      }
      host.feed(null);
      expect(host.events.filter(({ type }) => type === "outcome")).toHaveLength(sends);
      expect(host.events.filter(({ type }) => type === "closed")).toHaveLength(1);
      expect(host.events.at(-1)?.type).toBe("closed");
    }),
    { numRuns: RUNS },
  );
});
