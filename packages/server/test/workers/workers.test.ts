/** Several processes are one server: real processes, sockets and kills. */
import { existsSync, writeFileSync } from "node:fs";
import { connect as dialTls } from "node:tls";
import { once } from "node:events";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { certificate, dial, ENVELOPE, type Raw } from "../support.ts";
import { greeted, newFolder, start, until } from "./run.ts";

describe("workers", () => {
  test("share one port and one Unix socket, and take turns", async () => {
    const path = join(newFolder(), "lmtp");
    const running = start({ workers: 3, path });
    const port = await running.port();
    const seen = await Promise.all(Array.from({ length: 9 }, () => greeted(port)));
    expect(seen.map(({ worker }) => worker).toSorted((a, b) => a - b)).toEqual([1, 1, 1, 2, 2, 2, 3, 3, 3]);
    const local = await dial(0, { path, port: undefined, host: undefined });
    expect(await local.reply()).toMatch(/^220 worker \d/);
    for (const { socket } of [local, ...seen.map(({ raw }) => raw)]) socket.destroy();
    running.signal("SIGTERM");
    expect(await running.ended).toBe(0);
    expect(existsSync(path)).toBe(false);
  });

  test("take mail, and keep a half-open client until its last reply", async () => {
    const running = start({ workers: 2, slow: 50 });
    const raw = await dial(await running.port());
    raw.send(["EHLO c.example", ...ENVELOPE, "DATA", "Hello", ".", "QUIT", ""].join("\r\n"));
    raw.socket.end();
    await raw.until(() => raw.ended, "the end");
    expect(raw.text).toMatch(/\r\n250 2\.0\.0 \w{12}-1\r\n221 /);
  });
});

describe("limits hold across workers", () => {
  test("never more than so many connections of one address, and others are told 421 (A12)", async () => {
    const running = start({ workers: 4, counted: true, limits: { perAddress: 50, connectionRate: 0 } });
    const port = await running.port();
    const raws = await Promise.all(Array.from({ length: 120 }, () => dial(port)));
    await Promise.all(raws.map((raw) => raw.reply()));
    await running.told("refused", 70);
    const open = raws.filter(({ ended }) => !ended);
    expect(open).toHaveLength(50);
    // One goes, and one may come: not before.
    const [first] = open;
    if (first === undefined) throw new Error("nobody was let in");
    first.send("QUIT\r\n");
    await first.until(() => first.ended, "good-bye");
    first.socket.end();
    await until(() => running.lines.filter(({ type }) => type === "refused").length === 70, "70 refused");
    let again: Raw | undefined;
    for (let n = 0; n < 100 && again === undefined; n++) {
      const one = await dial(port);
      if ((await one.reply()).startsWith("220")) again = one;
    }
    expect(again).toBeDefined();
    const last = await dial(port);
    expect(await last.reply()).toMatch(/^421 /);
    for (const raw of [...raws, last]) raw.socket.destroy();
    again?.socket.destroy();
  });

  test("in all, and by minute", async () => {
    const running = start({ workers: 2, counted: true, limits: { total: 3, connectionRate: 6, perAddress: 0 } });
    const port = await running.port();
    const raws: Raw[] = [];
    for (let n = 0; n < 8; n++) {
      const raw = await dial(port);
      await raw.reply();
      raws.push(raw);
    }
    const refused = await running.told("refused", 5);
    expect(refused.map(({ limit }) => limit)).toEqual(["total", "total", "total", "connectionRate", "connectionRate"]);
    for (const raw of raws) raw.socket.destroy();
  });

  test("transactions of one address, over whichever connections (A10)", async () => {
    const running = start({ workers: 3, counted: true, limits: { messageRate: 7 } });
    const port = await running.port();
    const raws = await Promise.all(Array.from({ length: 12 }, () => greeted(port)));
    const replies = await Promise.all(
      raws.map(async ({ raw }) => {
        await raw.ask("EHLO c.example");
        return raw.ask("MAIL FROM:<>");
      }),
    );
    expect(replies.filter((reply) => reply.startsWith("250"))).toHaveLength(7);
    expect(replies.filter((reply) => reply.startsWith("450 4.7.1"))).toHaveLength(5);
  });

  test("four fifths of all connections shorten the times of every session, wherever it is", async () => {
    const running = start({ workers: 2, counted: true, limits: { total: 5, perAddress: 0, stress: 300 } });
    const port = await running.port();
    const raws = await Promise.all(Array.from({ length: 4 }, () => greeted(port)));
    await new Promise((resolve) => setTimeout(resolve, 1500));
    expect(await raws[0]?.raw.ask("NOOP")).toMatch(/^250/);
    await greeted(port);
    expect(await raws[1]?.raw.reply()).toMatch(/^421 /);
  });

  test("a worker that dies gives back what it held, and nothing else", async () => {
    const running = start({ workers: 2, counted: true, limits: { perAddress: 4, connectionRate: 0 } });
    const port = await running.port();
    const raws = await Promise.all(Array.from({ length: 4 }, () => greeted(port)));
    const [first] = raws;
    expect(new Set(raws.map(({ worker }) => worker)).size).toBe(1); // one address, one worker
    expect(await (await dial(port)).reply()).toMatch(/^421/);
    process.kill(running.workers().get(first?.worker ?? 0) ?? 0, "SIGKILL");
    const [end] = await running.told("worker-ended");
    expect(end).toMatchObject({ worker: first?.worker, connections: 4, signal: "SIGKILL", code: null });
    const next = await Promise.all(Array.from({ length: 4 }, () => greeted(port)));
    expect(next.every(({ worker }) => worker > 0)).toBe(true);
    expect(await (await dial(port)).reply()).toMatch(/^421/);
  });
});

describe("what all have in common", () => {
  test("is loaded again everywhere, or nowhere", async () => {
    const file = join(newFolder(), "certificate.json");
    const [old, next] = [await certificate("old.example"), await certificate("next.example")];
    writeFileSync(file, JSON.stringify(old));
    const running = start({ workers: 2, tls: "implicit", certificate: file });
    const port = await running.port();
    const names = async (): Promise<readonly (string | undefined)[]> => {
      const found: (string | undefined)[] = [];
      const sockets = [];
      for (let n = 0; n < 2; n++) {
        const socket = dialTls({ port, host: "127.0.0.1", rejectUnauthorized: false });
        await once(socket, "data");
        found.push(String(socket.getPeerCertificate().subject.CN));
        sockets.push(socket);
      }
      for (const socket of sockets) socket.destroy();
      return found;
    };
    expect(await names()).toEqual(["old.example", "old.example"]);
    writeFileSync(file, JSON.stringify({ ...next, key: old.key }));
    running.signal("SIGHUP");
    await running.told("not-reloaded");
    expect(await names()).toEqual(["old.example", "old.example"]);
    process.kill(running.workers().get(1) ?? 0, "SIGKILL"); // the next one gets what is in force
    await running.told("worker-started", 3);
    expect(await names()).toEqual(["old.example", "old.example"]);
    writeFileSync(file, JSON.stringify(next));
    running.signal("SIGHUP");
    await running.told("reloaded");
    expect(await names()).toEqual(["next.example", "next.example"]);
  });

  test("has the key of tickets in it: TLS sessions resume on another worker, until certificates are loaded again", async () => {
    const file = join(newFolder(), "certificate.json");
    writeFileSync(file, JSON.stringify(await certificate("mx.example")));
    const running = start({ workers: 2, tls: "implicit", certificate: file });
    const port = await running.port();
    const shake = async (
      maxVersion: "TLSv1.2" | "TLSv1.3",
      session?: Buffer,
    ): Promise<{ worker: string; reused: boolean; session: Buffer }> => {
      const socket = dialTls({
        port,
        host: "127.0.0.1",
        rejectUnauthorized: false,
        maxVersion,
        ...(session === undefined ? {} : { session }),
      });
      const sessions: Buffer[] = [];
      socket.on("session", (one: Buffer) => sessions.push(one));
      const [greeting] = (await once(socket, "data")) as [Buffer];
      await until(() => sessions.length > 0 || socket.isSessionReused(), "a ticket");
      const got = {
        worker: greeting.toString(),
        reused: socket.isSessionReused(),
        session: sessions.at(-1) ?? Buffer.alloc(0),
      };
      kept.push(() => void socket.destroy());
      return got;
    };
    const kept: (() => void)[] = [];
    for (const version of ["TLSv1.2", "TLSv1.3"] as const) {
      const one = await shake(version);
      const two = await shake(version, one.session);
      expect(one.reused).toBe(false);
      expect(two.reused).toBe(true);
      expect(two.worker).not.toBe(one.worker);
    }
    const before = await shake("TLSv1.3");
    running.signal("SIGHUP");
    await running.told("reloaded");
    expect((await shake("TLSv1.3", before.session)).reused).toBe(false);
    for (const over of kept) over();
    // Each socket was counted back, those over TLS too.
    await until(() => {
      running.signal("SIGUSR2");
      return running.lines.findLast(({ type }) => type === "connections")?.["connections"] === 0;
    }, "an empty server");
  });
});
