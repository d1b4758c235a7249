/** The door, without processes: it decides as one process would, whatever becomes of the workers. */
import { Socket } from "node:net";
import fc from "fast-check";
import { expect, test } from "vitest";
import { Admission } from "../../src/admission.ts";
import { limitsWith } from "../../src/limits.ts";
import { pauseAfter } from "../../src/workers/back-off.ts";
import { Door, type Seat } from "../../src/workers/door.ts";

const runs = 200 * Number(process.env["POSTHORN_RUNS"] ?? 1);

/** A socket of nowhere, from an address. */
const from = (address: string): Socket =>
  Object.defineProperty(new Socket(), "remoteAddress", { value: address, configurable: true });

/** A worker that keeps what it is given: the address of each connection. */
class Keeper implements Seat {
  readonly held = new Map<number, string>();

  take(id: number, _at: number, socket: Socket): void {
    this.held.set(id, socket.remoteAddress ?? "");
  }
}

type Step =
  | { readonly type: "arrive"; readonly who: number }
  | { readonly type: "leave" | "die" | "come" | "late"; readonly which: number };

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 8, arbitrary: fc.record({ type: fc.constant("arrive" as const), who: fc.nat(4) }) },
  {
    weight: 4,
    arbitrary: fc.record({ type: fc.constantFrom("leave" as const, "late" as const), which: fc.nat(30) }),
  },
  { weight: 1, arbitrary: fc.record({ type: fc.constantFrom("die" as const, "come" as const), which: fc.nat(3) }) },
);

const limits = limitsWith({ total: 9, perAddress: 3, connectionRate: 12 });

test("what one book says is what the door does, and an address is at one worker at a time", () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 120 }), fc.integer({ min: 1, max: 4 }), (steps, count) => {
      const refused: string[] = [];
      const door = new Door({
        limits,
        exempt: (address) => address === "192.0.2.0",
        listeners: [{ role: "exchanger", tls: "none", addressed: true }],
        refused: ({ limit }) => void refused.push(limit),
      });
      let seats = Array.from({ length: count }, () => new Keeper());
      for (const seat of seats) door.seat(seat);
      door.open();
      const book = new Admission(limits);
      const said: string[] = [];
      const lost: [number, number][] = [];
      let now = 0;
      const leave = (seat: Keeper, id: number): void => {
        const address = seat.held.get(id) ?? "";
        if (address !== "192.0.2.0") book.leave(address);
        seat.held.delete(id);
      };
      for (const one of steps) {
        if (one.type === "arrive") {
          const address = `192.0.2.${one.who}`;
          const limit = one.who === 0 ? undefined : book.enter(address, now);
          if (limit !== undefined) said.push(limit);
          door.arrive(from(address), 0, now);
        } else if (one.type === "leave") {
          const seat = seats[one.which % seats.length];
          const id = [...(seat?.held.keys() ?? [])][one.which % Math.max(1, seat?.held.size ?? 1)];
          if (seat !== undefined && id !== undefined) {
            leave(seat, id);
            door.gone(seat, [id, id, 1e9], now); // told twice, and of one that never was
          }
        } else if (one.type === "late") {
          now += one.which * 1000;
          door.sweep(now);
          book.sweep(now);
        } else if (one.type === "die") {
          const seat = seats[one.which % seats.length];
          if (seat !== undefined && seats.length > 1) {
            seats = seats.filter((other) => other !== seat);
            lost.push([door.unseat(seat, now), seat.held.size]);
            for (const id of seat.held.keys()) leave(seat, id);
          }
        } else {
          const seat = new Keeper();
          seats.push(seat);
          door.seat(seat);
        }
        expect(refused).toEqual(said);
        for (const [told, held] of lost) expect(told).toBe(held);
        const held = seats.map((seat) => [...seat.held.values()]);
        expect(door.connections).toBe(held.flat().length);
        const counted = held.flat().filter((address) => address !== "192.0.2.0");
        expect(counted.length).toBeLessThanOrEqual(9);
        for (const address of new Set(counted)) {
          expect(counted.filter((other) => other === address).length).toBeLessThanOrEqual(3);
          expect(held.filter((addresses) => addresses.includes(address))).toHaveLength(1);
        }
      }
      now += 120_001;
      for (const seat of seats) door.gone(seat, [...seat.held.keys()], now);
      door.sweep(now + 60_001);
      expect(door.addresses).toBe(0);
    }),
    { numRuns: runs },
  );
});

test("an address comes back to its worker within a minute, and the exempt go where the fewest are", () => {
  const door = new Door({
    limits: limitsWith({}),
    exempt: (address) => address === "::1",
    listeners: [{ role: "exchanger", tls: "none", addressed: true }],
    refused: () => undefined,
  });
  const [one, two] = [new Keeper(), new Keeper()];
  door.arrive(from("192.0.2.7"), 0, 0);
  door.seat(one);
  expect(one.held.size).toBe(0); // shut: nobody is served before the server is announced
  door.open();
  expect(one.held.size).toBe(1);
  door.seat(two);
  door.arrive(from("192.0.2.7"), 0, 0);
  door.arrive(from("::1"), 0, 0);
  door.arrive(from("::1"), 0, 0);
  expect([one.held.size, two.held.size]).toEqual([2, 2]);
  door.gone(one, [...one.held.keys()], 1000);
  door.sweep(60_000);
  door.arrive(from("192.0.2.7"), 0, 60_000);
  expect(one.held.size).toBe(3); // it came home
  door.gone(one, [...one.held.keys()], 61_000);
  door.gone(two, [...two.held.keys()], 61_000);
  one.held.clear();
  door.arrive(from("::1"), 0, 61_000);
  door.sweep(121_000);
  door.arrive(from("192.0.2.7"), 0, 121_000);
  expect(two.held.size).toBe(3);
});

test("who waits for a worker is counted, and let go at the end", () => {
  const door = new Door({
    limits: limitsWith({ perAddress: 2 }),
    exempt: () => false,
    listeners: [{ role: "exchanger", tls: "implicit", addressed: true }],
    refused: () => undefined,
  });
  door.open();
  const sockets = [from("192.0.2.1"), from("192.0.2.1"), from("192.0.2.1"), from("")];
  for (const socket of sockets) door.arrive(socket, 0, 0);
  expect(sockets.map(({ destroyed }) => destroyed)).toEqual([false, false, true, true]);
  expect(door.connections).toBe(2);
  door.close();
  expect(sockets.every(({ destroyed }) => destroyed)).toBe(true);
  door.arrive(from("192.0.2.2"), 0, 0);
  expect(door.connections).toBe(0);
});

test("short lives make the next start later, up to ten seconds", () => {
  expect([0, 1, 2, 3, 8, 9, 1000].map(pauseAfter)).toEqual([0, 100, 200, 400, 10_000, 10_000, 10_000]);
});
