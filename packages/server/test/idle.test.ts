/** What a connection that waits keeps in memory, beside what a bare socket does: 1664 octets, and in one process of sixteen, where V8 gives the same objects more room, 2000. */
import { connect, createServer, type Socket } from "node:net";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { manualClock } from "@posthorn/node";
import { expect, test } from "vitest";
import { serve } from "./support.ts";

const MANY = 500;

const heap = (): number => {
  setFlagsFromString("--expose-gc");
  const gc: () => void = runInNewContext("gc");
  for (let turn = 0; turn < 3; turn++) gc();
  return process.memoryUsage().heapUsed;
};

/** Connects, and says hello; the replies are the last that is heard. */
const client = (port: number): Promise<Socket> =>
  new Promise((resolve, reject) => {
    const socket = connect(port, "127.0.0.1");
    socket.once("error", reject);
    socket.once("data", () => {
      socket.write("EHLO client.example\r\n");
      socket.once("data", () => resolve(socket));
    });
  });

/** Octets of heap for each of many connections, the client's side among them: the least of some rounds, since others only add to it. */
const each = async (port: number, clients: Socket[]): Promise<number> => {
  let least = Infinity;
  for (let round = 0; round < 4; round++) {
    const before = heap();
    for (let more = 0; more < MANY; more += 50) {
      // oxlint-disable-next-line no-await-in-loop -- no more at once than the system lets wait
      clients.push(...(await Promise.all(Array.from({ length: 50 }, () => client(port)))));
    }
    least = Math.min(least, (heap() - before) / MANY);
  }
  return least;
};

const NOTHING = (): void => undefined;

function answer(this: Socket): void {
  this.write("250 bare.example\r\n");
}

test("a connection that waits after EHLO keeps 2200 octets of heap at most beside a bare socket", async () => {
  const bare = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => {
    socket.on("error", NOTHING).on("data", answer);
    socket.write("220 bare.example\r\n");
  });
  const bound = await new Promise<number>((resolve) =>
    bare.listen(0, "127.0.0.1", () => {
      const address = bare.address();
      resolve(typeof address === "object" && address !== null ? address.port : 0);
    }),
  );
  const limits = { total: 0, perAddress: 0 };
  const { server, port } = await serve({ limits, clock: manualClock() });
  const clients: Socket[] = []; // none goes before all is measured
  const plain = await each(bound, clients);
  const ours = await each(port, clients);
  for (const socket of clients) socket.destroy();
  bare.close();
  await server.close({ grace: 0 });
  expect(plain).toBeGreaterThan(1000);
  expect(ours - plain).toBeLessThan(2200);
});
