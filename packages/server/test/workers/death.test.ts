/** A worker's death, and the end of all: real kills. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { dial, ENVELOPE } from "../support.ts";
import { greeted, lives, newFolder, oneEach, start, until } from "./run.ts";

describe("a worker's death", () => {
  test.each([
    ["by a signal", undefined, { signal: "SIGKILL", code: null }],
    ["by exit", "exit", { signal: null, code: 3 }],
    ["by an exception", "throw", { signal: null, code: 1 }],
  ] as const)("%s is seen, made good, and leaves the others' sessions alone", async (_how, local, end) => {
    const running = start({ workers: 2 });
    const port = await running.port();
    const [one, two] = await oneEach(port, 2);
    if (one === undefined || two === undefined) throw new Error("a worker got no connection");
    await one.ask("EHLO c.example");
    await two.ask("EHLO c.example");
    expect(await two.ask("MAIL FROM:<>")).toContain("worker 2");
    await one.ask("MAIL FROM:<>");
    if (local === undefined) process.kill(running.workers().get(1) ?? 0, "SIGKILL");
    else one.send(`RCPT TO:<${local}@x.example>\r\n`);
    await one.until(() => one.ended, "the end");
    expect((await running.told("worker-ended"))[0]).toMatchObject({
      type: "worker-ended",
      worker: 1,
      connections: 1,
      ...end,
    });
    expect(await two.ask("RCPT TO:<b@x.example>")).toMatch(/^250/);
    await running.told("worker-started", 3);
    expect(await two.ask("DATA")).toMatch(/^354/);
    expect(await two.ask("Hello\r\n.")).toMatch(/^250 2\.0\.0/);
    const { raw, worker } = await greeted(port);
    expect(worker).toBe(1);
    await raw.ask("EHLO c.example");
    expect(await raw.ask("MAIL FROM:<>")).toContain(`pid ${running.workers().get(1)}`);
  });

  test("of all at once keeps the port: who comes waits for the next", async () => {
    const running = start({ workers: 2 });
    const port = await running.port();
    for (const pid of running.workers().values()) process.kill(pid, "SIGKILL");
    await running.told("worker-ended", 2);
    expect((await greeted(port)).worker).toBeGreaterThan(0);
  });

  test("at every start is given up: a message and an end, no loop", async () => {
    const fatal = join(newFolder(), "fatal");
    writeFileSync(fatal, "");
    const running = start({ workers: 2, fatal });
    expect(await running.ended).not.toBe(0);
    expect(running.err).toContain("a worker ended 4 times before it was ready, at last with exit code 7");
    expect(running.lines.filter(({ type }) => type === "worker-ended").length).toBeLessThan(10);
  });

  test("later on is tried again for as long as others serve, and given up where nobody does", async () => {
    const fatal = join(newFolder(), "fatal");
    const running = start({ workers: 2, fatal });
    const port = await running.port();
    writeFileSync(fatal, "");
    process.kill(running.workers().get(1) ?? 0, "SIGKILL");
    const ends = await running.told("worker-ended", 5);
    expect(ends.map(({ again }) => again)).toEqual([100, 200, 400, 800, 1600]);
    expect((await greeted(port)).worker).toBe(2);
    process.kill(running.workers().get(2) ?? 0, "SIGKILL");
    expect(await running.ended).toBe(9);
    expect(running.lines.at(-1)).toMatchObject({ type: "given-up" });
  });

  test("lets go of connections that were still on their way to it", async () => {
    const running = start({ workers: 2, counted: true, limits: { perAddress: 10, connectionRate: 0 } });
    const port = await running.port();
    const { worker } = await greeted(port);
    const pid = running.workers().get(worker) ?? 0;
    process.kill(pid, "SIGSTOP");
    const raws = await Promise.all(Array.from({ length: 9 }, () => dial(port)));
    expect(await (await dial(port)).reply()).toMatch(/^421/);
    process.kill(pid, "SIGKILL");
    await Promise.all(raws.map((raw) => raw.until(() => raw.closed || raw.ended, "the end")));
    for (const raw of raws) raw.socket.destroy();
    await running.told("worker-started", 3);
    const next = await Promise.all(Array.from({ length: 10 }, () => greeted(port)));
    expect(next).toHaveLength(10);
  });

  test("of the first process ends them all", async () => {
    const running = start({ workers: 2 });
    const { raw } = await greeted(await running.port());
    const pids = [...running.workers().values()];
    expect(pids.every(lives)).toBe(true);
    running.signal("SIGKILL");
    await until(() => !pids.some(lives), "the end of the workers");
    await raw.until(() => raw.ended, "the end");
  });
});

describe("the end", () => {
  test("lets what flows finish in every worker, and tells the idle", async () => {
    const running = start({ workers: 2, slow: 300 });
    const port = await running.port();
    const flowing = await oneEach(port, 2);
    const idle = await oneEach(port, 2);
    for (const raw of flowing) {
      await raw.ask("EHLO c.example");
      await raw.codes([...ENVELOPE, "DATA"]);
      raw.send("Hello\r\n.\r\n");
    }
    running.signal("SIGTERM");
    for (const raw of idle) expect(await raw.reply()).toMatch(/^421 /);
    for (const raw of flowing) expect(await raw.reply()).toMatch(/^250 2\.0\.0 /);
    for (const raw of [...idle, ...flowing]) raw.socket.end();
    expect(await running.ended).toBe(0);
    expect(running.lines.at(-1)).toEqual({ type: "closed" });
  });

  test("is at once where it is told twice, also of a worker that does not listen", async () => {
    const running = start({ workers: 2, slow: 20_000 });
    const { raw, worker } = await greeted(await running.port());
    process.kill(running.workers().get(3 - worker) ?? 0, "SIGSTOP");
    await raw.ask("EHLO c.example");
    await raw.codes([...ENVELOPE, "DATA"]);
    raw.send("Hello\r\n.\r\n");
    running.signal("SIGTERM");
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(raw.ended).toBe(false);
    running.signal("SIGTERM");
    await raw.until(() => raw.ended, "the end");
    expect(await running.ended).toBe(0);
  });

  test("a signal for the whole group is the first process's to hear", async () => {
    const running = start({ workers: 2 });
    const { raw } = await greeted(await running.port());
    for (const pid of running.workers().values())
      for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.kill(pid, signal);
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(await raw.ask("NOOP")).toMatch(/^250/);
  });
});
