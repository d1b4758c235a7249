/** The tickets by themselves: taken once where they must be, and bounded whatever comes. */
import { X509Certificate } from "node:crypto";
import { manualClock } from "@posthorn/node";
import fc from "fast-check";
import { expect, test } from "vitest";
import { certificate } from "./support.ts";
import { PROOF_MS, type Ticket, Tickets } from "../src/tickets.ts";

const runs = 200 * Number(process.env["POSTHORN_RUNS"] ?? 1);

const shown = new X509Certificate((await certificate("localhost")).cert);

const ticket = (once: boolean, until = PROOF_MS, octets = 4): Ticket => ({
  session: Buffer.alloc(octets),
  once,
  proof: { certificate: shown, authorized: true, reason: null, until },
});

test("law: a ticket of TLS 1.3 is taken once, under the key that it was kept under, before its time is over", () => {
  const step = fc.oneof(
    fc.record({ does: fc.constant("keep"), key: fc.nat(3), once: fc.boolean(), until: fc.nat(100) }),
    fc.record({ does: fc.constantFrom("take", "refuse"), key: fc.nat(3), once: fc.boolean(), until: fc.constant(0) }),
    fc.record({ does: fc.constant("wait"), key: fc.constant(0), once: fc.boolean(), until: fc.nat(20) }),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const clock = manualClock();
      const tickets = new Tickets(clock);
      const kept = new Map<Ticket, string>();
      const refused = new Set<string>();
      const wrong: Ticket[] = [];
      for (const { does, key, once, until } of steps) {
        const name = String(key);
        if (does === "wait") clock.advance(until);
        else if (does === "refuse") {
          tickets.refuse(name);
          refused.add(name);
        } else if (does === "keep") {
          const one = ticket(once, until);
          tickets.keep(name, one);
          kept.set(one, name);
        } else {
          const taken = tickets.take(name);
          if (taken === undefined) continue;
          if (kept.get(taken) !== name || refused.has(name) || taken.proof.until <= clock.now()) wrong.push(taken);
          if (taken.once) kept.delete(taken);
        }
        expect(tickets.size).toBeLessThanOrEqual(kept.size);
      }
      expect(wrong).toEqual([]);
    }),
    { numRuns: runs },
  );
});

test("the newest is taken first, and of those that are alike the oldest is given up", () => {
  const tickets = new Tickets(manualClock());
  const all = Array.from({ length: 11 }, () => ticket(true));
  for (const one of all) tickets.keep("x", one);
  expect(tickets.size).toBe(8);
  expect(Array.from({ length: 9 }, () => tickets.take("x"))).toEqual([...all.slice(3).toReversed(), undefined]);
  expect(tickets.size).toBe(0);
});

test("one that is good for many stands alone", () => {
  const tickets = new Tickets(manualClock());
  const [first, second, third] = [ticket(true), ticket(false), ticket(false)];
  for (const one of [first, second, third]) tickets.keep("x", one);
  expect(tickets.size).toBe(1);
  expect(tickets.take("x")).toBe(third);
  expect(tickets.take("x")).toBe(third);
});

test("numbers and sizes are bounded; who was met longest ago goes first", () => {
  const tickets = new Tickets(manualClock());
  for (let at = 0; at < 2000; at++) tickets.keep(String(at), ticket(true));
  expect(tickets.size).toBe(512);
  expect(tickets.take("1487")).toBeUndefined();
  expect(tickets.take("1488")).toBeDefined();
  for (let at = 0; at < 2000; at++) for (let more = 0; more < 8; more++) tickets.keep(`y${at}`, ticket(true));
  expect(tickets.size).toBeLessThanOrEqual(512);
  for (let at = 0; at < 2000; at++) tickets.refuse(String(at));
  expect(tickets.size).toBe(0);
  tickets.keep("large", ticket(true, PROOF_MS, 8193));
  expect(tickets.size).toBe(0);
});

test("a server that was refused tickets gets some again after ten minutes", () => {
  const clock = manualClock();
  const tickets = new Tickets(clock);
  tickets.refuse("x");
  tickets.keep("x", ticket(true));
  expect(tickets.take("x")).toBeUndefined();
  clock.advance(600_000);
  tickets.keep("x", ticket(true));
  expect(tickets.take("x")).toBeDefined();
});
