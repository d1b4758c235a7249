// What else `posthorn send` does: plans, JSON, LMTP, TLS, extensions left out, Ctrl-C.
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { EXIT, Stop } from "../src/exit.ts";
import { here, posthorn } from "./harness.ts";
import { certificate, place, toBob } from "./servers.ts";

const { folder, start } = place();

const input = "Subject: x\r\n\r\nhello";

describe("--dry-run", () => {
  test("says what would be sent, and sends no MAIL", async () => {
    const server = await start({ offers: ["SIZE 1000", "8BITMIME", "PIPELINING"] });
    const { code, stdout } = await posthorn(toBob(server, "--dry-run"), { input });
    expect(code).toBe(0);
    expect(server.verbs).toEqual(["EHLO", "QUIT"]);
    expect(stdout).toContain("MAIL FROM:<ada@a.example> SIZE=19");
    expect(stdout).toContain("RCPT TO:<bob@b.example>");
    expect(stdout).toContain("changed: the content does not end in CRLF");
  });

  test("says what would be refused, with the code that sending would have", async () => {
    const server = await start({ offers: ["SIZE 5"] });
    const { code, stdout } = await here(toBob(server, "--dry-run", "--json"), { input });
    expect(code).toBe(65);
    expect(JSON.parse(stdout)).toMatchObject({
      ok: false,
      exit: 65,
      dryRun: true,
      verdicts: [],
      plan: { transactions: [], refused: [{ recipient: "bob@b.example", reason: expect.stringContaining("SIZE") }] },
    });
    expect(server.verbs).toEqual(["EHLO", "QUIT"]);
  });
});

describe("--json", () => {
  test("one object with every verdict, the plan, TLS and times", async () => {
    const tls = await certificate();
    const server = await start({
      offers: ["STARTTLS"],
      offersSecure: ["SIZE", "8BITMIME"],
      tls,
      answer: (line) => (line.startsWith("RCPT TO:<cy") ? "550-5.1.1 no\r\n550 5.1.1 body" : undefined),
    });
    const args = [
      "send",
      "--server",
      server.at,
      "--from",
      "ada@a.example",
      "--to",
      "bob@b.example",
      "--to",
      "cy@c.example",
    ];
    const { code, stdout, stderr } = await posthorn([...args, "--json"], { input });
    expect({ code, stderr }).toEqual({ code: 69, stderr: "" });
    expect(stdout.trim().split("\n")).toHaveLength(1);
    expect(JSON.parse(stdout)).toMatchObject({
      ok: false,
      exit: 69,
      server: server.at,
      protocol: "smtp",
      dryRun: false,
      address: "127.0.0.1",
      greeting: "fake.example ready",
      octets: 19,
      verdicts: [
        { recipient: "bob@b.example", kind: "accepted", code: 250, status: "2.0.0", text: ["taken"], retry: false },
        {
          recipient: "cy@c.example",
          kind: "refused",
          code: 550,
          status: "5.1.1",
          text: ["no", "body"],
          verb: "RCPT",
          retry: false,
        },
      ],
      plan: {
        from: "ada@a.example",
        octets: 19,
        content: "7bit",
        transactions: [
          {
            transfer: "DATA",
            params: { SIZE: 19 },
            recipients: [{ recipient: "bob@b.example" }, { recipient: "cy@c.example" }],
          },
        ],
      },
      tls: {
        version: "TLSv1.3",
        trusted: false,
        certificate: { fingerprint: tls.fingerprint.replaceAll(":", "").replace("sha256", "sha256:").toLowerCase() },
      },
      ms: { connect: expect.any(Number), send: expect.any(Number), total: expect.any(Number) },
    });
  });

  test("an error is an object too, and one line for a person", async () => {
    const { code, stdout, stderr } = await here(
      ["send", "--server", "no-such.invalid", "--from", "a@b.example", "--to", "c@d.example", "--json"],
      { input },
    );
    expect(code).toBe(68);
    expect(JSON.parse(stdout)).toMatchObject({
      ok: false,
      exit: 68,
      verdicts: [],
      error: { code: "host-not-found", retry: false },
    });
    expect(stderr.trim().split("\n")).toHaveLength(1);
    const usage = await here(["send", "--json"]);
    expect(JSON.parse(usage.stdout)).toMatchObject({ ok: false, exit: 64, error: { code: "usage" } });
  });
});

describe("TLS", () => {
  const sending = async (
    offers: readonly string[],
    ...args: readonly string[]
  ): Promise<{ code: number | null; verbs: readonly string[]; stderr: string }> => {
    const tls = await certificate();
    const ca = folder.file("ca.pem", tls.cert);
    const server = await start({ offers, offersSecure: [], tls });
    const real = args.map((arg) => (arg === "CA" ? ca : arg === "FINGERPRINT" ? tls.fingerprint : arg));
    const { code, stderr } = await here(toBob(server, ...real), { input });
    return { code, verbs: server.verbs, stderr };
  };

  const SENT = ["EHLO", "STARTTLS", "EHLO", "MAIL", "RCPT", "DATA", "QUIT"];

  test.each([
    ["opportunistic, whoever it is", []],
    ["required, by its fingerprint", ["--tls", "required", "--verify", "FINGERPRINT"]],
    ["required, by its authority", ["--tls", "required", "--ca", "CA"]],
    ["required, by its authority and another name", ["--tls", "required", "--ca", "CA", "--servername", "localhost"]],
    ["required, whoever it is", ["--tls", "required", "--verify", "off"]],
  ])("%s", async (_, args) => {
    expect(await sending(["STARTTLS"], ...args)).toMatchObject({ code: 0, verbs: SENT });
  });

  test.each([
    ["a stranger", ["--tls", "required"], "--ca FILE"],
    ["another fingerprint", ["--tls", "required", "--verify", `sha256:${"0".repeat(64)}`], "fingerprint"],
    ["another name", ["--tls", "required", "--ca", "CA", "--servername", "mail.example"], "--servername"],
    ["opportunistic but verified", ["--tls", "opportunistic", "--verify", "on"], "--ca FILE"],
  ])("78: %s", async (_, args, hint) => {
    const { code, verbs, stderr } = await sending(["STARTTLS"], ...args);
    expect({ code, verbs }).toEqual({ code: 78, verbs: ["EHLO", "STARTTLS"] });
    expect(stderr).toContain(hint);
  });

  test("STARTTLS taken away: a login does not follow", async () => {
    const server = await start({ offers: ["AUTH PLAIN"] });
    const { code } = await here(toBob(server, "--user", "ada"), { input, env: { POSTHORN_PASSWORD: "sesame" } });
    expect(code).toBe(78);
    expect(server.verbs).not.toContain("AUTH");
  });

  test("implicit", async () => {
    const tls = await certificate();
    const server = await start({ implicit: true, tls });
    const { code, stdout } = await here(toBob(server, "--tls", "implicit", "--verify", tls.fingerprint), { input });
    expect(code).toBe(0);
    expect(stdout).toContain("TLSv1.3");
  });
});

test("a bar on a terminal while large content leaves, and none for small", async () => {
  const server = await start();
  const file = folder.file("two-mib.eml", `Subject: x\r\n\r\n${`${"x".repeat(70)}\r\n`.repeat(30_000)}`);
  const { stderr } = await here(toBob(server, "--data", file), { interactive: true });
  expect(stderr).toMatch(/█+░* {2,}\d+ % {2}.* of 2\.1 MiB/);
  expect(stderr.endsWith("\r\u001B[K")).toBe(true);
  expect((await here(toBob(server), { interactive: true })).stderr).toBe("");
  expect((await here(toBob(server, "--data", file))).stderr).toBe("");
});

test("--without: an extension is not used although it is offered", async () => {
  const server = await start({ offers: ["SIZE", "8BITMIME", "PIPELINING"] });
  await here(toBob(server, "--without", "size", "PIPELINING"), { input });
  expect(server.lines).toContain("MAIL FROM:<ada@a.example>");
});

test("--helo says who we are", async () => {
  const server = await start();
  await here(toBob(server, "--helo", "client.example"), { input });
  expect(server.lines[0]).toBe("EHLO client.example");
});

describe("LMTP", () => {
  test("over a Unix socket, a verdict for each recipient", async () => {
    const path = join(folder.path, "lmtp");
    const server = await start({ delivered: () => ["250 2.0.0 taken", "452 4.2.2 full"] }, path);
    const args = [
      "send",
      "--lmtp",
      "--server",
      path,
      "--from",
      "ada@a.example",
      "--to",
      "bob@b.example",
      "cy@c.example",
    ];
    const { code, stdout } = await posthorn([...args, "--json"], { input });
    expect(code).toBe(69);
    expect(server.verbs[0]).toBe("LHLO");
    expect(JSON.parse(stdout)).toMatchObject({
      protocol: "lmtp",
      verdicts: [
        { kind: "accepted", code: 250 },
        { kind: "refused", code: 452, retry: true },
      ],
    });
  });

  test("over TCP", async () => {
    const server = await start({ delivered: () => ["250 2.0.0 taken"] });
    expect((await here(toBob(server, "--lmtp"), { input })).code).toBe(0);
  });
});

describe("a person who wants no more", () => {
  const large = (): string => folder.file("large.eml", `Subject: x\r\n\r\n${`${"x".repeat(70)}\r\n`.repeat(400_000)}`);

  test("Ctrl-C while content leaves: 130, and it does not leave whole", async () => {
    let kill: (signal: NodeJS.Signals) => void = () => {};
    const progress = (octets: number): void => {
      if (octets <= 100_000) return;
      kill("SIGINT");
      kill = () => {}; // once: one that comes while the process is ending already kills it, and there is no exit code
    };
    const server = await start({ progress });
    const { code, stdout, stderr } = await posthorn(toBob(server, "--data", large()), { started: (to) => (kill = to) });
    expect(code).toBe(130);
    expect(stderr).toContain("SIGINT");
    expect(stdout).toContain("0 of 1 recipient accepted");
    expect(server.messages).toEqual([]);
  });

  test("SIGTERM while it waits for the greeting: 143", async () => {
    let kill: (signal: NodeJS.Signals) => void = () => {};
    const server = await start({ greeting: "220-wait", connected: () => kill("SIGTERM") });
    const { code } = await posthorn(toBob(server), { input, started: (to) => (kill = to) });
    expect(code).toBe(143);
    expect(server.lines).toEqual([]);
  });

  test("Ctrl-C while it waits for the message: 130, whoever keeps standard input open", async () => {
    let kill: (signal: NodeJS.Signals) => void = () => {};
    const server = await start();
    const { code } = await posthorn(toBob(server), {
      input: "x".repeat(1_000_000),
      open: true,
      started: (to) => (kill = to),
      taken: () => kill("SIGINT"),
    });
    expect(code).toBe(130);
    expect(server.lines).toEqual([]);
  });

  test("after the verdict: the goodbye is cut short, and the verdict stands", async () => {
    const wish = new AbortController();
    const server = await start({
      answer: (line) => {
        if (line !== "QUIT") return undefined;
        wish.abort(new Stop(EXIT.interrupted, "stopped by SIGINT"));
        return "";
      },
    });
    const began = performance.now();
    expect((await here(toBob(server), { input, signal: wish.signal })).code).toBe(0);
    expect(performance.now() - began).toBeLessThan(9500); // the time for a reply to QUIT is 10 s
  });

  test("before it began", async () => {
    const server = await start();
    const signal = AbortSignal.abort(new Stop(EXIT.interrupted, "stopped by SIGINT"));
    expect((await here(toBob(server), { input, signal })).code).toBe(130);
    expect(server.lines).toEqual([]);
  });
});
