/** A message from the caller to the wire, and what the server says of it back to the caller. */
import { Readable } from "node:stream";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ClientError, connect, type Observation, transcript } from "@posthorn/client";
import { LocalProtocolError } from "@posthorn/contract";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { greet, mailServer, rejection, serve, takeMail } from "./support.ts";

const mail = { from: "a@client.example", to: "b@server.example", content: "Subject: x\n\nhello\n.dot\n" };
const ESMTP = ["PIPELINING", "8BITMIME", "SMTPUTF8", "SIZE 1000000", "DSN", "ENHANCEDSTATUSCODES"];

describe("what leaves", () => {
  test("text has its line endings normalised and its dots stuffed; a group of commands is one write", async () => {
    const server = await mailServer(...ESMTP);
    const connection = await connect({ host: server.host, port: server.port, name: "me.example" });
    const { accepted, octets, verdicts, failure } = await connection.send(mail);
    expect({ accepted, octets, failure }).toEqual({ accepted: ["b@server.example"], octets: 27, failure: undefined });
    expect(verdicts[0]).toMatchObject({ kind: "accepted", reply: { code: 250, status: "2.0.0" }, retry: false });
    await connection.quit();
    expect(server.peers[0]?.seen).toBe(
      "EHLO me.example\r\nMAIL FROM:<a@client.example> SIZE=27\r\nRCPT TO:<b@server.example>\r\nDATA\r\n" +
        "Subject: x\r\n\r\nhello\r\n..dot\r\n.\r\nQUIT\r\n",
    );
  });

  test("pipelined commands are one write, and content with its end another", async () => {
    const writes: string[] = [];
    const server = await serve(async (peer) => {
      peer.socket.on("data", (chunk: Buffer) => writes.push(chunk.toString("latin1")));
      await greet(peer, ...ESMTP);
      await takeMail(peer);
    });
    const connection = await connect({ host: server.host, port: server.port });
    await connection.send({ ...mail, to: ["b@x.example", "c@x.example"] });
    await connection.quit();
    expect(writes.slice(1).map((write) => write.split("\r\n").length)).toEqual([5, 6, 2]);
  });

  test.each([
    ["octets", new TextEncoder().encode("a\r\n.\r\nb")],
    ["a function", () => [new TextEncoder().encode("a\r\n."), new TextEncoder().encode("\r\nb")]],
    ["a stream of Node's", Readable.from([Buffer.from("a\r"), Buffer.from("\n.\r\nb")])],
    ["a web stream", new Blob(["a\r\n.\r\nb"]).stream()],
  ])("%s arrive as they are, but for the line ending that DATA adds", async (_name, content) => {
    const server = await mailServer("PIPELINING", "8BITMIME");
    const connection = await connect({ host: server.host, port: server.port });
    const { accepted } = await connection.send({ ...mail, content });
    expect(accepted).toHaveLength(1);
    expect(server.contents).toEqual(["a\r\n..\r\nb\r\n"]);
    await connection.quit();
  });

  test("a file is read, normalised, its size declared; BDAT adds nothing", async () => {
    const folder = await mkdtemp(join(tmpdir(), "posthorn-"));
    try {
      const file = join(folder, "message.eml");
      await writeFile(file, "Subject: file\n\nline without an end");
      const server = await mailServer(...ESMTP, "CHUNKING");
      const connection = await connect({ host: server.host, port: server.port });
      const outcome = await connection.send({ ...mail, content: { file } });
      expect(outcome.accepted).toHaveLength(1);
      expect(server.contents).toEqual(["Subject: file\r\n\r\nline without an end"]);
      expect(server.peers[0]?.seen).toContain("SIZE=36\r\n");
      await connection.quit();
      const missing = await rejection(connection.plan({ ...mail, content: { file: join(folder, "none") } }));
      expect(missing).toMatchObject({ code: "content-unreadable", cause: { code: "ENOENT" } });
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  test("a binary file, taken strictly, arrives as it is by BDAT", async () => {
    const folder = await mkdtemp(join(tmpdir(), "posthorn-"));
    const file = join(folder, "binary");
    await writeFile(file, "a\nb\rc\0d");
    const server = await mailServer(...ESMTP, "CHUNKING", "BINARYMIME");
    const connection = await connect({ host: server.host, port: server.port });
    const { accepted } = await connection.send({ ...mail, content: { file }, lineEndings: "strict" });
    await connection.quit();
    await rm(folder, { recursive: true });
    expect(accepted).toHaveLength(1);
    expect(server.contents).toEqual(["a\nb\rc\0d"]);
    expect(server.peers[0]?.seen).toContain("BODY=BINARYMIME");
  });

  test("the charset of text is chosen; what it lacks is an error, and nothing is sent", async () => {
    const server = await mailServer("8BITMIME");
    const connection = await connect({ host: server.host, port: server.port });
    await connection.send({ ...mail, content: "\nGrüße\n", charset: "iso-8859-1" });
    expect(server.contents).toEqual(["\r\nGr\xfc\xdfe\r\n"]);
    const before = server.peers[0]?.seen;
    expect(await rejection(connection.send({ ...mail, content: "\n€\n", charset: "iso-8859-1" }))).toMatchObject({
      code: "content-unfit",
    });
    expect(server.peers[0]?.seen).toBe(before);
    await connection.quit();
  });

  test("large content goes in pieces, behind the pace of the server", async () => {
    const content = Buffer.alloc(12_000_000, "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcd\r\n");
    let taken = 0;
    let most = 0;
    const server = await serve(async (peer) => {
      await greet(peer, "PIPELINING");
      await peer.answer("250 ok", "250 ok", "354 go");
      peer.socket.removeAllListeners("data");
      for await (const chunk of peer.socket as AsyncIterable<Buffer>) {
        taken += chunk.length;
        if (taken % 7 === 0) await new Promise((resolve) => setTimeout(resolve, 1));
        if (chunk.subarray(-5).equals(Buffer.from("\r\n.\r\n"))) peer.send("250 ok\r\n");
      }
    });
    const connection = await connect({ host: server.host, port: server.port });
    const progress: number[] = [];
    const watch = setInterval(() => {
      most = Math.max(most, connection.socket.writableLength);
    }, 1);
    const { accepted } = await connection.send({ ...mail, content }, { progress: (octets) => progress.push(octets) });
    clearInterval(watch);
    expect(accepted).toHaveLength(1);
    expect(progress.length).toBe(12);
    expect(progress.at(-1)).toBe(content.length);
    expect(most).toBeLessThan(1_200_000);
    connection.destroy();
  });
});

describe("any content, cut anyhow", () => {
  const RUNS = Number(process.env["POSTHORN_RUNS"] ?? 1);
  const word = (...units: readonly string[]): fc.Arbitrary<string> =>
    fc.string({ unit: fc.constantFrom(...units), maxLength: 40 });
  /** Cuts octets at these places. */
  const cut = (octets: Uint8Array, sizes: readonly number[]): readonly Uint8Array[] => {
    const pieces: Uint8Array[] = [];
    let at = 0;
    for (const size of sizes) {
      pieces.push(octets.subarray(at, at + size));
      at += size;
    }
    return [...pieces, octets.subarray(at)];
  };
  const sizes = fc.array(fc.nat({ max: 6 }), { maxLength: 12 });

  test("text by DATA: every line ending is CRLF, and the last one is there", async () => {
    const server = await mailServer("PIPELINING");
    const connection = await connect({ host: server.host, port: server.port });
    await fc.assert(
      fc.asyncProperty(word(".", "..", "\r", "\n", "\r\n", "x"), async (content) => {
        const { accepted } = await connection.send({ ...mail, content });
        expect(accepted).toHaveLength(1);
        const lines = content.replaceAll(/\r\n|\r|\n/g, "\n").replace(/([^\n])$/, "$1\n");
        const stuffed = lines.replaceAll(/^\./gm, "..").replaceAll("\n", "\r\n");
        expect(server.contents.at(-1)).toBe(stuffed);
      }),
      { numRuns: 150 * RUNS },
    );
    await connection.quit();
  });

  test("octets and streams by BDAT: octet for octet", async () => {
    const server = await mailServer("PIPELINING", "CHUNKING", "8BITMIME", "BINARYMIME");
    const connection = await connect({ host: server.host, port: server.port });
    await fc.assert(
      fc.asyncProperty(
        word(".", "\r", "\n", "\0", "\xff", "BDAT 1\r\n"),
        sizes,
        fc.boolean(),
        async (text, at, whole) => {
          const octets = new Uint8Array(Buffer.from(text, "latin1"));
          const streamed = { content: () => cut(octets, at), facts: { octets: "binary" } } as const;
          const { accepted } = await connection.send({ ...mail, ...(whole ? { content: octets } : streamed) });
          expect(accepted).toHaveLength(1);
          expect(server.contents.at(-1)).toBe(text);
        },
      ),
      { numRuns: 150 * RUNS },
    );
    await connection.quit();
  });
});

describe("what comes back", () => {
  test("each recipient has its verdict, and its advice", async () => {
    const server = await serve(async (peer) => {
      await greet(peer, "PIPELINING", "ENHANCEDSTATUSCODES");
      await peer.answer("250 ok", "250 ok", "550 5.1.1 no such mailbox", "452 4.5.3 later", "354 go");
      await peer.content();
      peer.send("250 2.0.0 taken\r\n");
      await takeMail(peer);
    });
    const connection = await connect({ host: server.host, port: server.port });
    const outcome = await connection.send({ ...mail, to: ["a@x.example", "b@x.example", "c@x.example"] });
    expect(outcome.verdicts).toMatchObject([
      { kind: "accepted", recipient: "a@x.example" },
      { kind: "refused", verb: "RCPT", reply: { code: 550, status: "5.1.1" }, dropRecipient: true, retry: false },
      { kind: "refused", verb: "RCPT", reply: { code: 452 }, dropRecipient: false, retry: true },
    ]);
    expect(outcome).toMatchObject({ accepted: ["a@x.example"], refused: ["b@x.example", "c@x.example"], open: [] });
    await connection.quit();
  });

  test("what cannot be sent here is planned out, with the reason, before anything is sent", async () => {
    const server = await mailServer("PIPELINING");
    const connection = await connect({ host: server.host, port: server.port });
    const content = new Uint8Array([13, 10, 0xe4, 13, 10]);
    const plan = await connection.plan({ ...mail, content });
    expect(plan.refused).toMatchObject([{ index: 0, reason: expect.stringContaining("8BITMIME") }]);
    const outcome = await connection.send({ ...mail, content });
    expect(outcome.verdicts).toMatchObject([{ kind: "planned-out", retry: false, nextHost: true }]);
    expect(server.peers[0]?.seen).not.toContain("MAIL");
    expect(connection.usable).toBe(true);
    expect((await connection.send(mail)).accepted).toHaveLength(1);
    await connection.quit();
  });

  test("the plan says that DATA adds a line ending, and what was omitted", async () => {
    const server = await mailServer("PIPELINING");
    const connection = await connect({ host: server.host, port: server.port });
    const plan = await connection.plan({ ...mail, content: "Subject: x\n\nno end", params: { RET: "HDRS" } });
    expect(plan.notes.map(({ kind }) => kind).toSorted()).toEqual(["changed", "omitted"]);
    expect(plan.transactions).toHaveLength(1);
    await connection.quit();
  });

  test("UTF-8 in the header section needs SMTPUTF8 (RFC 6532), in the body it does not, and legacy octets do not", async () => {
    const server = await mailServer("8BITMIME", "PIPELINING");
    const connection = await connect({ host: server.host, port: server.port });
    const kinds: (string | undefined)[] = [];
    for (const content of [
      "Subject: x\n\nGrüße\n",
      "Subject: Grüße\n\nx\n",
      Buffer.from("Subject: \xe4\r\n\r\n", "latin1"),
    ])
      kinds.push((await connection.send({ ...mail, content })).verdicts[0]?.kind);
    expect(kinds).toEqual(["accepted", "planned-out", "accepted"]);
    await connection.quit();
  });

  test("octets with a bare line feed go to no server without BINARYMIME, and the plan says why", async () => {
    const server = await mailServer(...ESMTP);
    const connection = await connect({ host: server.host, port: server.port });
    const outcome = await connection.send({ ...mail, content: new TextEncoder().encode("a\nb\r\n") });
    expect(outcome.verdicts).toMatchObject([{ kind: "planned-out" }]);
    expect(outcome.plan.notes.map(({ text }) => text).join()).toContain("LF without CR");
    await connection.quit();
  });

  test("a stream with a bare line feed is left without its end, and nothing is accepted", async () => {
    const contents: string[] = [];
    const server = await serve(async (peer) => {
      await greet(peer, "8BITMIME", "CHUNKING", "PIPELINING");
      await takeMail(peer, (text) => contents.push(text));
    });
    for (const without of [[], ["CHUNKING"]]) {
      const connection = await connect({ host: server.host, port: server.port, without });
      const outcome = await connection.send({ ...mail, content: Readable.from([Buffer.from("a\r\nb\nc\r\n")]) });
      expect(outcome.verdicts).toMatchObject([{ kind: "unsent", retry: true }]);
      expect(outcome.failure).toMatchObject({ code: "content-unfit" });
      connection.destroy();
      const again = await connect({ host: server.host, port: server.port, without });
      const ended = await again.send({ ...mail, content: Readable.from([Buffer.from("a\r\nb\r")]) });
      expect(ended.verdicts).toMatchObject([{ kind: "unsent" }]);
      again.destroy();
    }
    expect(contents).toEqual([]);
  });

  test("a stream that fails is left without its end", async () => {
    const server = await mailServer("8BITMIME");
    const connection = await connect({ host: server.host, port: server.port });
    const failing = (): AsyncIterable<Uint8Array> =>
      (async function* () {
        yield Buffer.from("begun\r\n");
        await Promise.resolve();
        throw new Error("the disk is gone");
      })();
    const outcome = await connection.send({ ...mail, content: failing });
    expect(outcome.verdicts).toMatchObject([{ kind: "unsent" }]);
    expect(outcome.failure).toMatchObject({ code: "content-unreadable", message: expect.stringContaining("disk") });
    expect(connection.usable).toBe(false);
    expect(server.contents).toEqual([]);
  });

  test("addresses that are none are the caller's mistake, and nothing is sent", async () => {
    const server = await mailServer("PIPELINING", "SMTPUTF8", "8BITMIME");
    const connection = await connect({ host: server.host, port: server.port });
    const before = server.peers[0]?.seen;
    for (const bad of [
      "a@b\r\nRCPT TO:<evil@x.example>",
      "no domain",
      "a@b>",
      "",
      "a@b c@d",
      "a@b\u0000",
      "<postmaster",
      "postmaster>",
    ]) {
      expect(await rejection(connection.send({ ...mail, to: bad }))).toBeInstanceOf(LocalProtocolError);
      expect(await rejection(connection.send({ ...mail, from: bad === "" ? "x" : bad }))).toBeInstanceOf(
        LocalProtocolError,
      );
    }
    expect(await rejection(connection.send({ ...mail, to: [] }))).toMatchObject({ code: "no-recipient" });
    expect(server.peers[0]?.seen).toBe(before);
    expect(
      (await connection.send({ ...mail, from: "", to: ["PostMaster", "<postmaster>", "<c@x.example>"] })).accepted,
    ).toEqual(["postmaster", "postmaster", "c@x.example"]);
    expect(server.peers[0]?.seen).toContain("MAIL FROM:<>");
    expect(server.peers[0]?.seen.toLowerCase()).toContain("rcpt to:<postmaster>");
    await connection.quit();
  });
});

test("what is not ASCII travels as UTF-8 or not at all, never cut to octets (C2)", async () => {
  const server = await mailServer("SMTPUTF8", "8BITMIME");
  const connection = await connect({ host: server.host, port: server.port });
  expect((await connection.send({ ...mail, to: "\u010d\u010a@x.example" })).accepted).toHaveLength(1);
  expect(server.peers[0]?.seen).toContain("RCPT TO:<\xc4\x8d\xc4\x8a@x.example>\r\n");
  await connection.quit();
});

describe("beside messages", () => {
  test("NOOP, RSET, a conversation of the caller's; one at a time", async () => {
    const server = await mailServer();
    const connection = await connect({ host: server.host, port: server.port });
    const first = connection.noop();
    expect(await rejection(connection.reset())).toMatchObject({ code: "busy" });
    expect((await first).code).toBe(250);
    expect((await connection.reset()).code).toBe(250);
    // oxlint-disable-next-line require-yield
    const failing = connection.run(function* () {
      throw new Error("mine");
    });
    expect(await rejection(failing)).toMatchObject({ message: "mine" });
    expect(connection.usable).toBe(true);
    await connection.quit();
    expect(await rejection(connection.noop())).toBeInstanceOf(ClientError);
  });

  test("the transcript is what was said; observers come and go", async () => {
    const server = await mailServer("PIPELINING");
    const lines: string[] = [];
    const connection = await connect({
      host: server.host,
      port: server.port,
      name: "me.example",
      observe: transcript((line) => lines.push(line)),
    });
    const seen: Observation["type"][] = [];
    const stop = connection.observe(({ type }) => seen.push(type));
    await connection.send(mail);
    stop();
    const told = seen.length;
    await connection.quit();
    expect(seen).toHaveLength(told);
    expect(seen).toEqual([
      "command",
      "command",
      "command",
      "reply",
      "reply",
      "reply",
      "transfer",
      "transferred",
      "reply",
      "verdict",
      "outcome",
    ]);
    expect(lines).toEqual([
      `* connecting to ${server.host} port ${server.port}`,
      "S: 220 test.example ready",
      "C: EHLO me.example",
      "S: 250-test.example",
      "S: 250 PIPELINING",
      "C: MAIL FROM:<a@client.example>",
      "C: RCPT TO:<b@server.example>",
      "C: DATA",
      "S: 250 ok",
      "S: 250 ok",
      "S: 354 go",
      "C: <27 octets of content>",
      "S: 250 2.0.0 taken",
      "C: QUIT",
      "S: 221 bye",
      "* closed: QUIT was said",
    ]);
  });

  test("replies in a charset of their own are read by it, and by detection without a word", async () => {
    const server = await serve(async (peer) => {
      await greet(peer);
      await peer.line();
      peer.send("550-\xce\xc5\xd4\r\n550 caf\xe9\r\n");
      await takeMail(peer);
    });
    for (const [charset, words] of [
      ["koi8-r", ["S: 550-нет", "S: 550 cafИ"]],
      [undefined, ["S: 550-ÎÅÔ", "S: 550 café"]],
    ] as const) {
      const lines: string[] = [];
      const connection = await connect({ host: server.host, port: server.port });
      connection.observe(transcript((line) => lines.push(line), { charset }));
      await connection.send(mail);
      await connection.quit();
      expect(lines.slice(1, 3)).toEqual(words);
    }
  });

  test("by BDAT the command is told before its content", async () => {
    const server = await mailServer("PIPELINING", "CHUNKING", "8BITMIME");
    for (const content of ["x\n", () => [Buffer.from("x\r\n")]]) {
      const lines: string[] = [];
      const connection = await connect({ host: server.host, port: server.port });
      connection.observe(transcript((line) => lines.push(line)));
      await connection.send({ ...mail, content });
      await connection.quit();
      expect(lines.slice(4, 7)).toEqual(["C: BDAT 3 LAST", "C: <3 octets of content>", "S: 250 2.0.0 taken"]);
    }
  });

  test("LMTP: a verdict for each recipient, and LHLO", async () => {
    const server = await serve(async (peer) => {
      await greet(peer, "PIPELINING");
      await peer.answer("250 ok", "250 ok", "250 ok", "354 go");
      await peer.content();
      peer.send("250 first\r\n452 4.2.2 full\r\n");
      await peer.answer("221 bye");
    });
    const connection = await connect({ host: server.host, port: server.port, protocol: "lmtp" });
    const { verdicts } = await connection.send({ ...mail, to: ["a@x.example", "b@x.example"] });
    expect(verdicts).toMatchObject([{ kind: "accepted" }, { kind: "refused", reply: { code: 452 } }]);
    await connection.quit();
    expect(server.peers[0]?.seen).toMatch(/^LHLO /);
  });
});
