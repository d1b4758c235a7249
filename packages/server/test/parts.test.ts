/** The small parts: addresses, the books of who may come in, names of sessions, times. */
import { isIPv6 } from "node:net";
import { manualClock } from "@posthorn/node";
import { defaultLimits } from "@posthorn/server";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { addressKey, isLoopback, plainAddress } from "../src/address.ts";
import { Admission } from "../src/admission.ts";
import { identifier } from "../src/identifiers.ts";
import { limitsWith } from "../src/limits.ts";
import { type State, Times } from "../src/times.ts";

describe("addresses", () => {
  test("a network of /64 is one peer, however it is written", () => {
    fc.assert(
      fc.property(fc.ipV6(), fc.ipV6(), (one, other) => {
        const groups = (address: string): string => new URL(`http://[${address}]`).hostname.slice(1, -1);
        fc.pre(isIPv6(one) && isIPv6(other));
        const expand = (address: string): string[] => {
          const [head = "", tail] = groups(address).split("::");
          const before = head === "" ? [] : head.split(":");
          const after = tail === undefined || tail === "" ? [] : tail.split(":");
          return tail === undefined
            ? before
            : [...before, ...Array<string>(8 - before.length - after.length).fill("0"), ...after];
        };
        const same = expand(one).slice(0, 4).join() === expand(other).slice(0, 4).join();
        expect(addressKey(groups(one)) === addressKey(groups(other))).toBe(same);
      }),
    );
    expect(addressKey("2001:db8:0:1::5")).toBe(addressKey("2001:0DB8::1:ffff:0:0:1"));
    expect(addressKey("192.0.2.1")).toBe("192.0.2.1");
  });

  test("IPv4 in IPv6 is IPv4, a zone is nobody's matter, and loopback is what is this machine's", () => {
    expect(plainAddress("::ffff:192.0.2.1")).toBe("192.0.2.1");
    expect(plainAddress("fe80::1%eth0")).toBe("fe80::1");
    for (const own of ["", "::1", "127.0.0.1", "127.8.9.10"]) expect(isLoopback(own)).toBe(true);
    for (const other of ["::2", "128.0.0.1", "127.0.0.1.example", "1.127.0.0.1", "::ffff:127.0.0.1"])
      expect(isLoopback(other)).toBe(false);
  });
});

test("the books agree with a naive count, and forget who is gone", () => {
  const limits = limitsWith({ total: 6, perAddress: 3, connectionRate: 5 });
  const step = fc.record({
    key: fc.constantFrom("a", "b", "c"),
    leaves: fc.boolean(),
    wait: fc.constantFrom(0, 1000, 30_000, 60_000),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const books = new Admission(limits);
      const inside: string[] = [];
      const windows = new Map<string, { since: number; count: number }>();
      let now = 0;
      for (const { key, leaves, wait } of steps) {
        now += wait;
        if (leaves && inside.includes(key)) {
          inside.splice(inside.indexOf(key), 1);
          books.leave(key);
          continue;
        }
        let window = windows.get(key);
        if (window === undefined || now - window.since >= 60_000) windows.set(key, (window = { since: now, count: 0 }));
        let expected: string | undefined;
        if (window.count >= 5) expected = "connectionRate";
        else {
          window.count += 1;
          if (inside.length >= 6) expected = "total";
          else if (inside.filter((other) => other === key).length >= 3) expected = "perAddress";
        }
        if (expected === undefined) inside.push(key);
        expect(books.enter(key, now)).toBe(expected);
        expect(books.active).toBe(inside.length);
        expect(books.stressed).toBe(inside.length >= 5);
      }
      for (const key of inside) books.leave(key);
      books.sweep(now + 60_000);
      expect(books.addresses).toBe(0);
      expect(books.active).toBe(0);
    }),
  );
});

test("names of sessions are an atom, and no two are alike", () => {
  const names = new Set(Array.from({ length: 20_000 }, identifier));
  expect(names.size).toBe(20_000);
  for (const name of names) expect(name).toMatch(/^[0-9a-hjkmnp-tv-z]{12}$/);
});

test("every limit has its default, 0 is none, and a name that is none is told with all that are", () => {
  expect(limitsWith({})).toEqual({ ...defaultLimits, messageRate: Infinity, messages: Infinity });
  const none = limitsWith(Object.fromEntries(Object.keys(defaultLimits).map((name) => [name, 0])));
  const zeros = Object.entries(none)
    .filter(([, value]) => value === 0)
    .map(([name]) => name);
  expect(zeros.sort()).toEqual([
    "authDelay",
    "contentRate",
    "delay",
    "greeting",
    "linger",
    "maxDelay",
    "recipientsOver",
  ]);
  for (const name of ["__proto__", "constructor", "perAdress"]) {
    const given = JSON.parse(`{"${name}":1}`) as object;
    expect(() => limitsWith(given)).toThrow(expect.objectContaining({ code: "unknown-limit" }));
  }
  for (const value of [-1, Number.NaN, "5"]) {
    expect(() => limitsWith({ total: value as number })).toThrow(expect.objectContaining({ code: "bad-limit" }));
  }
});

describe("times", () => {
  const quiet: State = {
    handshaking: false,
    receiving: false,
    waiting: false,
    idle: true,
    stressed: false,
    undrained: 0,
  };

  test("content that flows fast enough is never too slow, and no burst buys more than the whole time", () => {
    fc.assert(
      fc.property(
        fc.array(fc.record({ octets: fc.nat(400_000), ms: fc.nat(120_000) }), { maxLength: 40 }),
        (pieces) => {
          const clock = manualClock();
          const times = new Times(clock.now());
          let left = 300_000;
          for (const { octets, ms } of pieces) {
            times.flowed(octets);
            clock.advance(ms);
            left = Math.min(300_000, left - ms + octets * 2);
            const due = times.due(clock.now(), { ...quiet, receiving: true, idle: false }, defaultLimits);
            expect(due).toBe(left <= 0 ? "slow" : undefined);
            if (left <= 0) return;
          }
        },
      ),
    );
  });

  test("what is due, in the order of what matters more", () => {
    const clock = manualClock();
    const times = new Times(clock.now());
    const due = (state: Partial<State> = {}): unknown => times.due(clock.now(), { ...quiet, ...state }, defaultLimits);
    expect(due()).toBeUndefined();
    clock.advance(60_000);
    expect(due({ handshaking: true })).toBe("destroy");
    expect(due({ stressed: true })).toBe("slow");
    expect(due({ stressed: true, waiting: true })).toBeUndefined();
    expect(due({ undrained: 1 })).toBeUndefined();
    clock.advance(300_000);
    expect(due({ undrained: 1 })).toBe("destroy");
    expect(due()).toBe("slow");
    times.hold(clock.now() + 1000);
    expect([due(), times.held]).toEqual([undefined, true]);
    clock.advance(1000);
    expect(due()).toBe("release");
    times.release();
    times.replied();
    clock.advance(3_600_000 - 361_000);
    times.replied();
    expect([due(), due({ idle: false })]).toEqual(["old", undefined]);
    times.leaving();
    expect(due()).toBeUndefined();
    clock.advance(5000);
    expect(due()).toBe("destroy");
  });
});
