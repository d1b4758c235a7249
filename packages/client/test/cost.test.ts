/** What a small message costs, in counts that no clock has a part in: writes, promises, timers, things made to tell. */
import { createHook } from "node:async_hooks";
import { createServer, type AddressInfo, Socket } from "node:net";
import { connect, createPool } from "@posthorn/client";
import { UTF8 } from "@posthorn/contract";
import { type Clock, systemClock } from "@posthorn/node";
import { formatMailbox, mailbox } from "@posthorn/wire";
import fc from "fast-check";
import { describe, expect, onTestFinished, test } from "vitest";
import { openChannel } from "../src/connect.ts";
import { prepareMail } from "../src/mail.ts";
import { Queue } from "../src/queue.ts";
import { writePieces } from "../src/write.ts";

const content = new TextEncoder().encode(`Subject: x\r\n\r\n${"a line of a small message\r\n".repeat(160)}`);
const mail = { from: "a@client.example", to: ["b@server.example", "c@server.example"], content } as const;

/** A server without a promise of its own: it answers by the line, and by the octets of BDAT. */
const bareServer = async (...keywords: readonly string[]): Promise<{ readonly port: number }> => {
  const hello = ["x", ...keywords].map((word, at) => `250${at === keywords.length ? " " : "-"}${word}\r\n`).join("");
  const server = createServer({ noDelay: true }, (socket) => {
    let inContent = false;
    let text = "";
    socket.on("error", () => {});
    socket.write("220 x\r\n");
    socket.on("data", (chunk: Buffer) => {
      text += chunk.toString("latin1");
      let answer = "";
      for (let end = text.indexOf("\r\n"); end >= 0; end = text.indexOf("\r\n")) {
        const line = text.slice(0, end);
        const size = /^BDAT (\d+) LAST$/.exec(line)?.[1];
        if (size !== undefined && text.length < end + 2 + Number(size)) break;
        text = text.slice(end + 2 + Number(size ?? 0));
        if (inContent && line !== ".") continue;
        answer += line.startsWith("EHLO") ? hello : line === "DATA" ? "354 go\r\n" : "250 2.0.0 ok\r\n";
        inContent = line === "DATA";
      }
      if (answer !== "") socket.write(answer);
    });
  });
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  onTestFinished(() => void server.close());
  return { port: (server.address() as AddressInfo).port };
};

/** The lengths of all that is written on a socket from now on. */
const writesOf = (socket: Socket): readonly number[] => {
  const writes: number[] = [];
  const write = socket.write.bind(socket);
  Object.assign(socket, {
    write: (piece: string | Uint8Array, ...more: never[]) => {
      writes.push(piece.length);
      return write(piece, ...more);
    },
  });
  return writes;
};

describe("writes", () => {
  const group = "MAIL FROM:<a@client.example>\r\nRCPT TO:<b@server.example>\r\nRCPT TO:<c@server.example>\r\n";

  test.each([
    ["DATA: the group, and the content with its end", ["PIPELINING"], group.length + 6, content.length + 3],
    ["BDAT: the group, and the chunk", ["PIPELINING", "CHUNKING"], group.length, content.length + 16],
  ])("%s", async (_, keywords, first, second) => {
    const { port } = await bareServer(...keywords);
    const connection = await connect({ host: "127.0.0.1", port, name: "x.example" });
    const writes = writesOf(connection.socket);
    for (let n = 0; n < 3; n++) expect((await connection.send(mail)).accepted).toHaveLength(2);
    expect(writes).toEqual([first, second, first, second, first, second]);
    connection.destroy();
  });
});

describe("between two messages of a pool", () => {
  test("no timer is begun, and no wait asks the clock", async () => {
    const { port } = await bareServer("PIPELINING");
    let [begun, asked] = [0, 0];
    const clock: Clock = {
      now: () => ((asked += 1), systemClock.now()),
      every: (ms, tick) => ((begun += 1), systemClock.every(ms, tick)),
    };
    const pool = createPool({ host: "127.0.0.1", port, name: "x.example", max: 1, clock });
    for (let n = 0; n < 5; n++) await pool.send(mail);
    [begun, asked] = [0, 0];
    for (let n = 0; n < 100; n++) await pool.send(mail);
    expect(begun).toBe(0);
    expect(asked).toBeLessThanOrEqual(100 * 3 + 20); // two for the caller, one for the pool; and a sweep or two
    pool.destroy();
  });

  test("a few promises a message, no timeout", async () => {
    const { port } = await bareServer("PIPELINING");
    const pool = createPool({ host: "127.0.0.1", port, name: "x.example", max: 1 });
    for (let n = 0; n < 5; n++) await pool.send(mail);
    const made = new Map<string, number>();
    const hook = createHook({ init: (_, type) => void made.set(type, (made.get(type) ?? 0) + 1) }).enable();
    for (let n = 0; n < 100; n++) await pool.send(mail);
    hook.disable();
    // Whoever runs the tests makes a few of his own meanwhile.
    expect(made.get("Timeout") ?? 0).toBeLessThan(10);
    expect((made.get("PROMISE") ?? 0) / 100).toBeLessThan(7);
    pool.destroy();
  });
});

test("nothing is made to tell where nobody listens", async () => {
  const { port } = await bareServer("PIPELINING");
  const channel = await openChannel({ host: "127.0.0.1", port, name: "x.example" });
  const events: string[] = [];
  const next = channel.session.next.bind(channel.session);
  channel.session.next = () => {
    const event = next();
    if (typeof event === "object") events.push(event.type);
    return event;
  };
  let told = 0;
  channel.teller.tell = () => void (told += 1);
  await channel.send(await prepareMail(mail), {});
  expect(events).toEqual(["content", "outcome"]);
  expect(told).toBe(0);
  channel.teller.listeners.add(() => {});
  await channel.send(await prepareMail(mail), {});
  expect(events.filter((type) => type === "reply")).toHaveLength(5);
  expect(told).toBeGreaterThan(5);
  channel.destroy();
});

test("a recipient is named as its path is written", async () => {
  const word = fc.stringMatching(/^[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]{1,8}(\.[a-z0-9]{1,4}){0,2}$/);
  const quoted = fc.stringMatching(/^"[ -~]{0,8}"$/);
  const address = fc
    .tuple(fc.oneof(word, quoted), fc.constantFrom("x.example", "[127.0.0.1]", "XN--a.Example", "bücher.example"))
    .map(([local, domain]) => `${local}@${domain}`);
  await fc.assert(
    fc.asyncProperty(address, fc.boolean(), async (text, bracketed) => {
      fc.pre(mailbox.decode(text, UTF8).ok);
      const { names, message } = await prepareMail({ from: "", to: bracketed ? `<${text}>` : text, content: "" });
      expect(names).toEqual(message.to.map(({ path }) => formatMailbox(path)));
    }),
  );
});

test("a queue keeps its order, whoever leaves from wherever", () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: -9, max: 3 }), { maxLength: 60 }), (steps) => {
      const queue = new Queue<number>();
      const model: number[] = [];
      const places: ReturnType<typeof queue.add>[] = [];
      const seen: unknown[] = [];
      const wanted: unknown[] = [];
      for (const step of steps) {
        const gone = model.at(step);
        if (step > 0) {
          model.push(places.length);
          places.push(queue.add(places.length));
        } else if (step === 0) {
          seen.push(queue.shift());
          wanted.push(model.shift());
        } else if (gone !== undefined) {
          const place = places[gone];
          model.splice(model.indexOf(gone), 1);
          seen.push(place !== undefined && queue.leave(place), place !== undefined && queue.leave(place));
          wanted.push(true, false);
        }
        seen.push(queue.first);
        wanted.push(model[0]);
      }
      expect(seen).toEqual(wanted);
    }),
  );
});

/** A socket whose octets the kernel takes at once, or when it is told. */
class Slow extends Socket {
  readonly taken: string[] = [];
  slow = false;
  #pending: (() => void)[] = [];

  override _write(chunk: Buffer, _: unknown, done: () => void): void {
    this.#takes([{ chunk }], done);
  }

  override _writev(chunks: readonly { readonly chunk: Buffer }[], done: () => void): void {
    this.#takes(chunks, done);
  }

  #takes(chunks: readonly { readonly chunk: Buffer }[], done: () => void): void {
    const take = (): void => {
      for (const { chunk } of chunks) this.taken.push(chunk.toString("latin1"));
      done();
    };
    if (this.slow) this.#pending.push(take);
    else take();
  }

  /** The kernel takes all that waits. */
  flow(): void {
    this.slow = false;
    for (const take of this.#pending.splice(0)) take();
  }
}

test("what one socket holds back is not written over by another", () => {
  const write = fc.record({ socket: fc.nat(2), slow: fc.boolean(), text: fc.string(), octets: fc.uint8Array() });
  fc.assert(
    fc.property(fc.array(write, { maxLength: 30 }), (writes) => {
      const sockets = [new Slow(), new Slow(), new Slow()];
      const wanted = sockets.map(() => "");
      for (const { socket: at, slow, text, octets } of writes) {
        const socket = sockets[at];
        if (socket === undefined || text === "") continue;
        if (slow) socket.slow = true;
        writePieces(socket, [text, octets, "."]);
        wanted[at] += `${text}${Buffer.from(octets).toString("latin1")}.`;
      }
      for (const socket of sockets) socket.flow();
      expect(sockets.map(({ taken }) => taken.join(""))).toEqual(wanted);
    }),
  );
});
