/** `--workers`: several processes are one posthornd. */
import { once } from "node:events";
import { existsSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import path from "node:path";
import { nodeCrypto } from "@posthorn/node";
import { formatUser, verifiers } from "@posthorn/sasl";
import { describe, expect, test } from "vitest";
import { parseCommandLine } from "../src/command-line.ts";
import { settingsOf } from "../src/settings.ts";
import { fingerprint, selfSigned } from "../src/tls.ts";
import { filesIn, newFolder } from "./folder.ts";
import { run, start } from "./program.ts";
import type { Running } from "./program.ts";
import { connect, deliver } from "./talk.ts";
import type { Talk } from "./talk.ts";

const plain = (name: string, password: string): string => Buffer.from(`\0${name}\0${password}`).toString("base64");

/** Process ids of the workers, by number. */
const pids = async ({ records }: Running, starts: number): Promise<ReadonlyMap<number, number>> =>
  new Map((await records("worker-started", starts)).map(({ worker, pid }) => [Number(worker), Number(pid)]));

const user = async (password: string): Promise<string> =>
  `${formatUser("tim", await verifiers(password, { rounds: 4096 }, nodeCrypto))}\n`;

describe("the option", () => {
  test("is a number, 0 and auto being as many as there are cores, and 1 if not given", async () => {
    const workersOf = async (...args: string[]): Promise<number> => {
      const wish = parseCommandLine(args);
      return wish.command === "serve" ? (await settingsOf(wish.flags, wish.config)).workers : 0;
    };
    expect(await workersOf()).toBe(1);
    expect(await workersOf("--workers", "3")).toBe(3);
    const all = await workersOf("--workers", "auto");
    expect(all).toBeGreaterThan(0);
    expect(await workersOf("--workers", "0")).toBe(all);
    const file = path.join(newFolder(), "posthorn.config.mjs");
    writeFileSync(file, 'export default { workers: "auto" };');
    expect(await workersOf("--config", file)).toBe(all);
    expect(await workersOf("--config", file, "--workers", "2")).toBe(2);
  });

  test.each([
    [["--workers", "many"], 64, "option '--workers <number>' argument 'many' is invalid. It is a number of processes"],
    [["--workers", "-1"], 64, "--workers"],
    [["--workers", "257"], 64, "--workers: expected a number of processes, 1 to 256, or auto"],
  ])("%j is refused", async (args, status, text) => {
    const ended = await run(args);
    expect(ended).toMatchObject({ status, out: "" });
    expect(ended.err).toContain(text);
  });

  test("as a key is refused alike", async () => {
    const file = path.join(newFolder(), "posthorn.config.mjs");
    writeFileSync(file, "export default { workers: 1.5 };");
    const ended = await run(["--config", file]);
    expect(ended).toMatchObject({ status: 78, out: "" });
    expect(ended.err).toBe(`posthornd: ${file}: workers: expected a number of processes, 1 to 256, or auto\n`);
  });
});

describe("workers", () => {
  test("announce once, keep mail under names of their own, are named in the log, and end together", async () => {
    const maildir = newFolder();
    const socket = path.join(newFolder(), "lmtp");
    const running = await start([
      "--workers",
      "2",
      "--listen",
      "127.0.0.1:0",
      "--listen-tls",
      "127.0.0.1:0",
      "--listen-lmtp",
      `unix:${socket}`,
      "--maildir",
      maildir,
    ]);
    const { listening, port, stop } = running;
    expect(listening.map(({ protocol, tls }) => `${protocol} ${tls}`)).toEqual([
      "smtp starttls",
      "smtp implicit",
      "lmtp starttls",
    ]);
    expect(statSync(socket).mode & 0o777).toBe(0o600);
    const talks = await Promise.all(Array.from({ length: 4 }, () => connect(port)));
    for (let n = 0; n < 3; n++)
      for (const reply of await Promise.all(talks.map((talk) => deliver(talk)))) expect(reply).toMatch(/^250 2\.0\.0/);
    expect(filesIn(maildir)).toHaveLength(12);
    for (const talk of talks) {
      await talk.say("QUIT");
      talk.end();
    }
    const told = await running.records("message", 12);
    expect(new Set(told.map(({ worker }) => worker))).toEqual(new Set([1, 2]));
    expect(new Set(told.map(({ message }) => message)).size).toBe(12);
    const { status, err } = await stop();
    expect(status).toBe(0);
    for (const line of err.trimEnd().split("\n")) expect(() => JSON.parse(line) as unknown).not.toThrow();
    for (const event of ["sink", "any-domain", "self-signed-certificate", "stopping", "stopped"])
      expect(err.split(`"event":"${event}"`).length, event).toBeLessThanOrEqual(2);
    expect(err).toContain('"event":"stopped"');
  });

  test("have one certificate, one set of users and one salt, and SIGHUP reads all again everywhere", async () => {
    const folder = newFolder();
    const [cert, key, users] = ["cert.pem", "key.pem", "users"].map((name) => path.join(folder, name)) as [
      string,
      string,
      string,
    ];
    const write = async (): Promise<string> => {
      const made = await selfSigned("mx.example.org");
      writeFileSync(cert, made.cert);
      writeFileSync(key, made.key);
      return fingerprint(made.cert);
    };
    const before = await write();
    writeFileSync(users, await user("first"));
    const files = ["--users", users, "--tls-cert", cert, "--tls-key", key];
    const running = await start(["--workers", "2", "--listen", "127.0.0.1:0", ...files]);
    /** Both workers, each asked over TLS of its own. */
    const both = async <T>(ask: (talk: Talk, print: string) => Promise<T>): Promise<readonly T[]> => {
      const talks = await Promise.all([connect(running.port), connect(running.port)]);
      const said: T[] = [];
      for (const talk of talks) {
        await talk.say("STARTTLS");
        const secured = await talk.secure();
        await talk.say("EHLO client.example");
        said.push(await ask(talk, `sha256:${secured.getPeerCertificate().fingerprint256}`));
      }
      return said; // they stay, so that the next two are one to each again
    };
    const login = (password: string) => (talk: Talk) => talk.say(`AUTH PLAIN ${plain("tim", password)}`);
    expect(await both(async (_, print) => print)).toEqual([before, before]);
    expect(await both(login("first"))).toEqual([expect.stringMatching(/^235/), expect.stringMatching(/^235/)]);
    // Who asks of a name that nobody has cannot tell by its salt which worker was asked (A6).
    const challenge = await both(async (talk) => {
      const first = Buffer.from("n,,n=nobody,r=abcdefghijklmnop").toString("base64");
      const said = Buffer.from((await talk.say(`AUTH SCRAM-SHA-256 ${first}`)).slice(4), "base64").toString();
      return /s=([^,]+)/.exec(said)?.[1];
    });
    expect(challenge[0]).toMatch(/^\S{8,}$/);
    expect(challenge[0]).toBe(challenge[1]);

    writeFileSync(users, "no user\n");
    const next = await write();
    running.kill("SIGHUP");
    expect((await running.records("not-reloaded"))[0]).toMatchObject({ error: expect.stringContaining("users:") });
    expect(await both(async (_, print) => print)).toEqual([before, before]); // all of it, or nothing
    expect(await both(login("first"))).toEqual([expect.stringMatching(/^235/), expect.stringMatching(/^235/)]);

    writeFileSync(users, await user("second"));
    running.kill("SIGHUP");
    await running.records("reloaded");
    expect((await running.records("certificate")).at(-1)).toMatchObject({ fingerprint: next });
    expect(await both(async (_, print) => print)).toEqual([next, next]);
    expect(await both(login("first"))).toEqual([expect.stringMatching(/^535/), expect.stringMatching(/^535/)]);
    expect(await both(login("second"))).toEqual([expect.stringMatching(/^235/), expect.stringMatching(/^235/)]);
  });

  test("are made good when one dies, which the log says, and the other's message goes on", async () => {
    const maildir = newFolder();
    const running = await start(["--workers", "2", "--maildir", maildir]);
    const before = await pids(running, 2);
    const talks = await Promise.all([connect(running.port), connect(running.port)]);
    for (const talk of talks) {
      await talk.say("MAIL FROM:<>");
      await talk.say("RCPT TO:<u@example.org>");
      expect(await talk.say("DATA")).toMatch(/^354/);
    }
    process.kill(before.get(1) ?? 0, "SIGKILL");
    const [ended] = await running.records("worker-ended");
    expect(ended).toMatchObject({ level: "error", worker: 1, pid: before.get(1), signal: "SIGKILL", connections: 1 });
    const replies = await Promise.all(talks.map((talk) => talk.say("Hello\r\n.")));
    expect(replies.map((reply) => reply.slice(0, 3)).toSorted()).toEqual(["", "250"]);
    const after = await pids(running, 3);
    expect(after.get(2)).toBe(before.get(2));
    const again = await Promise.all([connect(running.port), connect(running.port)]);
    for (const talk of again) expect(await deliver(talk)).toMatch(/^250/);
    expect(filesIn(maildir).filter((file) => file.startsWith("new"))).toHaveLength(3);
  });

  test("keep limits together, of connections and of failed logins", async () => {
    const folder = newFolder();
    writeFileSync(path.join(folder, "users"), await user("right"));
    const file = path.join(folder, "posthorn.config.mjs");
    const limits = { perAddress: 5, authRate: 3, authDelay: 0 };
    writeFileSync(
      file,
      `export default { workers: 2, listen: ["127.0.0.1:0"], exempt: () => false, users: "users", authInClear: true,
        limits: ${JSON.stringify(limits)} };`,
    );
    const { port, records, stop } = await start(["--config", file]);
    const talks: Talk[] = [];
    for (let n = 0; n < 8; n++) talks.push(await connect(port));
    expect(await records("refused", 3)).toHaveLength(3);
    const said: string[] = [];
    for (const talk of talks.slice(0, 5))
      said.push((await talk.say(`AUTH PLAIN ${plain("tim", "wrong")}`)).slice(0, 3));
    expect(said).toEqual(["535", "535", "535", "454", "454"]);
    for (const talk of talks) talk.reset();
    expect((await stop()).status).toBe(0);
  });

  test("tell what is wrong once, before there are any", async () => {
    const taken = createServer().listen(0, "127.0.0.1");
    await once(taken, "listening");
    const { port } = taken.address() as AddressInfo;
    const ended = await run(["--workers", "2", "--listen", `127.0.0.1:${port}`, "--log", "off"]);
    expect(ended).toEqual({
      status: 69,
      out: "",
      err: `posthornd: cannot listen on 127.0.0.1:${port}: the address is in use\n`,
    });
    taken.close();
    const users = path.join(newFolder(), "users");
    writeFileSync(users, "x\n");
    const other = await run(["--workers", "2", "--users", users, "--log", "off"]);
    expect(other.status).toBe(78);
    expect(other.err.split("\n")).toHaveLength(2);
  });

  test("that cannot be started are given up with a message", async () => {
    const folder = newFolder();
    const file = path.join(folder, "posthorn.config.mjs");
    writeFileSync(
      file,
      'if (process.send !== undefined) process.exit(5);\nexport default { workers: 2, listen: ["127.0.0.1:0"], log: "off" };',
    );
    const ended = await run(["--config", file]);
    expect(ended).toEqual({
      status: 70,
      out: "",
      err: "posthornd: workers: a worker ended 4 times before it was ready, at last with exit code 5\n",
    });
  });

  test("end with the first process", async () => {
    const running = await start(["--workers", "2"]);
    const workers = [...(await pids(running, 2)).values()];
    running.kill("SIGKILL");
    const lives = (pid: number): boolean => {
      try {
        process.kill(pid, 0);
        const stat = `/proc/${pid}/stat`; // of one that nobody waited for yet
        return !existsSync(stat) || !/\) Z /.test(readFileSync(stat, "utf8"));
      } catch {
        return false;
      }
    };
    await expect.poll(() => workers.some(lives), { timeout: 5000 }).toBe(false);
  });
});
