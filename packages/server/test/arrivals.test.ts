/** When what comes is worked off: at once, or with what came for others in the same turn. */
import { Socket } from "node:net";
import type { Extensions } from "@posthorn/contract";
import { beforeEach, describe, expect, test } from "vitest";
import { Arrivals } from "../src/arrivals.ts";
import type { Driver } from "../src/driver.ts";
import { HANDSHAKING, TURNING } from "../src/flags.ts";
import type { Shared } from "../src/shared.ts";
import { NextTurn } from "../src/turn.ts";

const turn = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve));

/** What happened, in order. */
let log: string[] = [];
let nextTurn = new NextTurn();

beforeEach(() => {
  log = [];
  nextTurn = new NextTurn();
});

/** A connection that notes what it hears, and begins a handshake where it hears STARTTLS. */
class Noting extends Arrivals<Extensions> {
  readonly #name: string;

  constructor(name: string) {
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- all that is looked at of it
    super(new Socket(), 0, { nextTurn } as Partial<Shared<Extensions>> as Shared<Extensions>);
    this.#name = name;
  }

  say(text: string): void {
    this.data(Buffer.from(text));
  }

  /** A hook is waited for. */
  wait(): void {
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- all that is looked at of it
    this.driver = { waiting: true, lend: () => false } as Partial<Driver<Extensions>> as Driver<Extensions>;
  }

  protected receive(chunk: Uint8Array): void {
    const text = chunk.length > 20 ? `${chunk.length} octets` : Buffer.from(chunk).toString();
    log.push(`${this.#name} hears ${text}`);
    if (text === "STARTTLS") this.mark(HANDSHAKING);
    if (text === "ask") {
      this.wait();
      queueMicrotask(() => log.push(`${this.#name} is answered`));
    }
  }

  turned(): void {
    this.unmark(TURNING);
    log.push(`${this.#name} sends`);
  }
}

/** Lets many be answered in a turn, so that those of the next are many too. */
const crowd = async (): Promise<void> => {
  for (let round = 0; round < 2; round++) {
    for (let nth = 0; nth < 20; nth++)
      if (nextTurn.crowded()) nextTurn.add({ catchUp: () => false, turned: () => undefined });
    await turn();
    await turn();
  }
  expect(nextTurn.many).toBe(true);
};

describe("what comes", () => {
  test("is worked off at once where few send", () => {
    const one = new Noting("one");
    one.say("a");
    one.say("b");
    expect(log).toEqual(["one hears a", "one hears b"]);
  });

  test("waits for the end of the turn where many do: all is worked off, and then all are written to", async () => {
    await crowd();
    const [one, other] = [new Noting("one"), new Noting("other")];
    one.say("a");
    other.say("b");
    expect(log).toEqual([]);
    for (let nth = 0; nth < 3; nth++) await turn();
    expect(log).toEqual(["one hears a", "other hears b", "one sends", "other sends"]);
  });

  test("behind it in the same turn has it worked off first, so that a connection waits with one chunk", async () => {
    await crowd();
    const one = new Noting("one");
    one.say("a");
    one.say("b");
    expect(log).toEqual(["one hears a"]);
    one.say("x".repeat(40_000));
    expect(log).toEqual(["one hears a", "one hears b", "one hears 40000 octets"]);
    for (let nth = 0; nth < 3; nth++) await turn();
    expect(log.slice(3)).toEqual(["one sends"]);
  });

  test("is answered in its turn still where a hook is asked that answers at once, by a promise", async () => {
    await crowd();
    const [one, other] = [new Noting("one"), new Noting("other")];
    one.say("ask");
    other.say("b");
    for (let nth = 0; nth < 3; nth++) await turn();
    expect(log).toEqual(["one hears ask", "other hears b", "one is answered", "one sends", "other sends"]);
  });

  test("is taken over at once while a hook is waited for", async () => {
    await crowd();
    const one = new Noting("one");
    one.wait();
    one.say("a");
    expect(log).toEqual(["one hears a"]);
  });

  test("behind STARTTLS in the clear is heard by nobody, then or after the handshake (RFC 3207 §4.2; security: A1)", async () => {
    await crowd();
    const one = new Noting("one");
    one.say("STARTTLS");
    one.say("RSET");
    for (let nth = 0; nth < 3; nth++) await turn();
    one.unmark(HANDSHAKING);
    one.catchUp();
    expect(log).toEqual(["one hears STARTTLS", "one sends"]);
  });
});
