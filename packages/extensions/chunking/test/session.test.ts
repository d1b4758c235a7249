/** BDAT inside both machines (RFC 3030 §2, §4; S6): whatever is refused is consumed, and nothing of it is a command. */
import { defineExtension, reply } from "@posthorn/contract";
import type { Extension, Facts, Reply } from "@posthorn/contract";
import { ClientSession, compose, NEED_DATA, ServerSession } from "@posthorn/session";
import type { CompositionOptions } from "@posthorn/session";
import { none, token } from "@posthorn/wire";
import { describe, expect, test } from "vitest";
import { binarymime, chunking } from "../src/index.ts";
import type { Binarymime, Chunking, ChunkingOptions } from "../src/index.ts";

interface Eight extends Extension<{ keyword: "8BITMIME"; capability: null; mail: { BODY: "7BIT" | "8BITMIME" } }> {}

/** What BINARYMIME needs beside it; the extension itself is a package of its own. */
const eight = (): Eight => {
  const tokens = ["7BIT", "8BITMIME"] as const;
  const BODY = { ...token(tokens), tokens, unoffered: "refuse", adds: 17 } as const;
  return defineExtension({
    keyword: "8BITMIME",
    rfc: 6152,
    capability: none,
    mail: { BODY },
    server: { advertise: () => null },
  });
};

type All = readonly [Eight, Chunking, Binarymime];
const all = (options?: ChunkingOptions): All => [eight(), chunking(options), binarymime()];
const latin1 = (octets: Uint8Array | undefined): string =>
  Array.from(octets ?? [], (octet) => String.fromCharCode(octet)).join("");
const octetsOf = (text: string): Uint8Array => Uint8Array.from(text, (unit) => unit.charCodeAt(0));

/** A server with a host that takes every message, or refuses by a reply. */
class Host {
  readonly session: ServerSession<All>;
  readonly messages: string[] = [];
  sent = "";
  #content = "";
  readonly #refusal: Reply | undefined;

  constructor(protocol: NonNullable<CompositionOptions["protocol"]> = "smtp", refusal?: Reply) {
    this.session = new ServerSession(compose(all(), { protocol }), { hostname: "mx.example" });
    this.#refusal = refusal;
    this.#pump();
  }

  say(text: string, cut: number = Math.max(1, text.length)): this {
    const octets = octetsOf(text);
    for (let at = 0; at < octets.length; at += cut) {
      this.session.receive(octets.slice(at, at + cut));
      this.#pump();
    }
    return this;
  }

  /** The codes of the replies, behind the greeting. */
  get codes(): string {
    const lines = this.sent.split("\r\n").filter((line) => /^\d{3}(?: |$)/.test(line));
    return lines
      .slice(1)
      .map((line) => line.slice(0, 3))
      .join(" ");
  }

  #answer(type: string, times: number): void {
    const { session } = this;
    for (let left = times; left > 0 && session.pending === type; left--) {
      if (type === "message" && this.#refusal !== undefined) session.reply(this.#refusal);
      else session.accept();
    }
  }

  #pump(): void {
    const { session } = this;
    for (let event = session.next(); typeof event === "object"; event = session.next()) {
      if (event.type === "content") this.#content += latin1(event.octets);
      if (event.type === "dropped") this.#content = "";
      if (event.type === "message") {
        if (this.#refusal === undefined) this.messages.push(this.#content);
        this.#content = "";
      }
      if ("proposed" in event) this.#answer(event.type, event.type === "message" ? event.wants : 1);
    }
    this.sent += latin1(session.take());
  }
}

const HELLO = "EHLO c.example\r\n";
const ENVELOPE = "MAIL FROM:<a@b.example>\r\nRCPT TO:<c@d.example>\r\n";

/** The same dialogue whole, octet by octet and in other cuts: one result. */
const dialogue = (text: string, refusal?: Reply): { readonly codes: string; readonly messages: readonly string[] } => {
  const hosts = [text.length, 1, 2, 7].map((cut) => new Host("smtp", refusal).say(HELLO + text, cut));
  const [first] = hosts;
  for (const { codes, messages } of hosts)
    expect({ codes, messages }).toEqual({ codes: first?.codes, messages: first?.messages });
  expect(first?.codes.startsWith("250")).toBe(true);
  return { codes: first?.codes.slice(4) ?? "", messages: first?.messages ?? [] };
};

describe("server", () => {
  test("takes chunks, pipelined, and keeps every octet", () => {
    const { codes, messages } = dialogue(`${ENVELOPE}BDAT 6\r\nab\r\n.\rBDAT 0\r\nBDAT 5 LAST\r\n\0\n.\r\nQUIT\r\n`);
    expect(codes).toBe("250 250 250 250 250 221");
    expect(messages).toEqual(["ab\r\n.\r\0\n.\r\n"]);
  });

  test("takes a message of no octets, in one chunk or behind others", () => {
    expect(dialogue(`${ENVELOPE}BDAT 0 LAST\r\n${ENVELOPE}BDAT 1\r\nxBDAT 0 LAST\r\nNOOP\r\n`)).toEqual({
      codes: "250 250 250 250 250 250 250 250",
      messages: ["", "x"],
    });
  });

  test("consumes what it refuses, and nothing of it is a command (S6 a)", () => {
    const inner = "MAIL FROM:<evil@x.example>\r\n";
    const bdat = `BDAT ${inner.length} LAST\r\n${inner}`;
    expect(dialogue(`${bdat}NOOP\r\n`)).toEqual({ codes: "503 250", messages: [] });
    expect(dialogue(`MAIL FROM:<a@b.example>\r\n${bdat}NOOP\r\n`)).toEqual({ codes: "250 503 250", messages: [] });
  });

  test.each(["-1", "+5", "0x5", "5 LASTX", "99999999999999999999", "", "5 LAST LAST"])(
    "BDAT %s: 501, and the end (S6 b)",
    (size) => {
      expect(dialogue(`${ENVELOPE}BDAT ${size}\r\nNOOP\r\nQUIT\r\n`)).toEqual({ codes: "250 250 501", messages: [] });
    },
  );

  test("100,000 chunks of one octet leave nothing behind but the content (S6 c)", () => {
    const host = new Host().say(HELLO + ENVELOPE);
    host.sent = "220 x\r\n";
    for (let round = 0; round < 100; round++) host.say("BDAT 1\r\nx".repeat(1000));
    host.say("BDAT 0 LAST\r\n");
    expect(host.session.buffered).toBe(0);
    expect(host.codes).toHaveLength(100_001 * 4 - 1);
    expect(host.messages.map(({ length }) => length)).toEqual([100_000]);
  });

  test("DATA behind BDAT is 503, and so are MAIL and RCPT; RSET begins anew (S6 f)", () => {
    const again = `RSET\r\n${ENVELOPE}BDAT 1 LAST\r\nyDATA\r\n`;
    expect(dialogue(`${ENVELOPE}BDAT 1\r\nxDATA\r\n${ENVELOPE}${again}`)).toEqual({
      codes: "250 250 250 503 503 503 250 250 250 250 503",
      messages: ["y"],
    });
  });

  test("the verdict on the last chunk ends the transaction, whatever it is", () => {
    const { codes, messages } = dialogue(
      `${ENVELOPE}BDAT 1 LAST\r\nxBDAT 1 LAST\r\nyRCPT TO:<c@d.example>\r\nMAIL FROM:<>\r\n`,
      reply(554, "No"),
    );
    expect(codes).toBe("250 250 554 503 503 250");
    expect(messages).toEqual([]);
  });

  test("DATA after BODY=BINARYMIME is 503, BDAT is not (RFC 3030 §3)", () => {
    const binary = "MAIL FROM:<a@b.example> BODY=BINARYMIME\r\nRCPT TO:<c@d.example>\r\n";
    expect(dialogue(`${binary}DATA\r\nBDAT 3 LAST\r\n\0\n\rMAIL FROM:<> BODY=8BITMIME\r\n`)).toEqual({
      codes: "250 250 503 250 250",
      messages: ["\0\n\r"],
    });
  });

  test("LMTP: one reply for each accepted recipient to the last chunk, one to each other (RFC 2033 §4.2)", () => {
    const text = `LHLO c.example\r\n${ENVELOPE}RCPT TO:<e@f.example>\r\nBDAT 1\r\nxBDAT 1 LAST\r\nyBDAT 1 LAST\r\nzNOOP\r\n`;
    for (const cut of [text.length, 1]) {
      const host = new Host("lmtp").say(text, cut);
      expect(host.codes).toBe("250 250 250 250 250 250 250 503 250");
      expect(host.messages).toEqual(["xy"]);
    }
  });
});

/** A client that sends one message, and a server that answers by these lines; what the client said, and what it made of it. */
const send = (
  content: readonly string[],
  facts: Facts,
  answers: readonly string[],
  offer: readonly string[] = ["PIPELINING", "8BITMIME", "CHUNKING", "BINARYMIME"],
  options?: ChunkingOptions,
): { readonly said: string; readonly verdicts: readonly string[]; readonly refused: readonly string[] } => {
  const session = new ClientSession(compose(all(options)), { name: "c.example" });
  const message = {
    from: { local: "a", domain: "b.example" },
    to: [{ path: { local: "c", domain: "d.example" } }],
    facts,
  };
  let said = "";
  const verdicts: string[] = [];
  const refused: string[] = [];
  const hear = (line: string): void => {
    session.receive(octetsOf(`${line}\r\n`));
    for (let event = session.next(); event !== NEED_DATA; event = session.next()) {
      if (event.type === "ready") {
        const plan = session.plan(message);
        refused.push(...plan.refused.map(({ reason }) => reason));
        session.send(plan);
      }
      if (event.type === "content") {
        for (const piece of content) session.write(octetsOf(piece));
        session.end();
      }
      if (event.type === "outcome") verdicts.push(...event.verdicts.map(({ kind }) => kind));
    }
    said += latin1(session.take());
  };
  hear("220 mx.example");
  said = "";
  hear(
    ["250-mx.example", ...offer.map((keyword, at) => `250${at === offer.length - 1 ? " " : "-"}${keyword}`)].join(
      "\r\n",
    ),
  );
  for (const answer of answers) hear(answer);
  return { said, verdicts, refused };
};

describe("client", () => {
  test("sends content by BDAT, octet for octet, and takes the last reply for the verdict", () => {
    const { said, verdicts } = send(["Hi", "\r\n.\r\n"], { octets: "7bit" }, ["250 ok", "250 ok", "250 taken"]);
    expect(said).toContain("BDAT 7 LAST\r\nHi\r\n.\r\n");
    expect(said).not.toContain("DATA");
    expect(verdicts).toEqual(["accepted"]);
  });

  test("uses DATA where CHUNKING is not offered, or only where it is needed", () => {
    for (const [offer, options] of [
      [["8BITMIME"], {}],
      [["8BITMIME", "CHUNKING"], { prefer: "needed" }],
    ] as const) {
      const { said } = send(
        ["Hi\r\n"],
        { octets: "7bit", endsInCrlf: true },
        ["250 ok", "250 ok", "354 go", "250 taken"],
        offer,
        options,
      );
      expect(said).toContain("DATA\r\n");
      expect(said).not.toContain("BDAT");
    }
  });

  test("declares binary content, and sends it by BDAT also where BDAT is only for what needs it", () => {
    for (const prefer of ["always", "needed"] as const) {
      const { said, verdicts } = send(["\0\n\r"], { octets: "binary" }, ["250 ok", "250 ok", "250 taken"], undefined, {
        prefer,
      });
      expect(said).toContain("MAIL FROM:<a@b.example> BODY=BINARYMIME\r\n");
      expect(said).toContain("BDAT 3 LAST\r\n\0\n\r");
      expect(verdicts).toEqual(["accepted"]);
    }
  });

  test.each([["8BITMIME", "CHUNKING"], ["CHUNKING", "BINARYMIME"], ["8BITMIME", "BINARYMIME"], ["8BITMIME"]])(
    "does not send binary content to who offers %s and %s only",
    (...offer) => {
      const { said, refused } = send(["\0"], { octets: "binary" }, [], offer);
      expect(said).not.toContain("MAIL");
      expect(refused).toHaveLength(1);
    },
  );

  test("a message of no octets is BDAT 0 LAST", () => {
    const { said, verdicts } = send([], { octets: "7bit" }, ["250 ok", "250 ok", "250 taken"]);
    expect(said).toContain("BDAT 0 LAST\r\n");
    expect(verdicts).toEqual(["accepted"]);
  });
});
