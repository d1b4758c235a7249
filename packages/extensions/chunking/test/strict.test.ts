/** `strictBdat`: content by BDAT holds to CRLF as that of DATA does (RFC 5321 §2.3.8; S2), also where a chunk ends between CR and LF. */
import { defineExtension } from "@posthorn/contract";
import type { Extension } from "@posthorn/contract";
import { compose, ServerSession } from "@posthorn/session";
import { extensionLaws } from "@posthorn/testkit";
import { none, token } from "@posthorn/wire";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { binarymime, chunking } from "../src/index.ts";

const runs = Number(process.env["POSTHORN_RUNS"] ?? 1);

interface Eight extends Extension<{ keyword: "8BITMIME"; capability: null; mail: { BODY: "7BIT" | "8BITMIME" } }> {}

const TOKENS = ["7BIT", "8BITMIME"] as const;
const BODY = { ...token(TOKENS), tokens: TOKENS, unoffered: "refuse", adds: 17 } as const;

/** What BINARYMIME needs beside it. */
const eight: Eight = defineExtension({
  keyword: "8BITMIME",
  rfc: 6152,
  capability: none,
  mail: { BODY },
  server: { advertise: () => null },
});

const octetsOf = (text: string): Uint8Array => Uint8Array.from(text, (unit) => unit.charCodeAt(0));
const textOf = (octets: Uint8Array): string => String.fromCharCode(...octets);

interface Outcome {
  /** The codes of the replies to the chunks. */
  readonly codes: readonly number[];
  readonly content: string;
  /** What the message said of its line endings, if it came to one. */
  readonly crlf: boolean | undefined;
}

/** Sends the chunks to a server, cut anywhere; the last of them ends the message. */
const send = (chunks: readonly string[], strictBdat: boolean, params = "", cut = 4096): Outcome => {
  const session = new ServerSession(compose([eight, chunking({ strictBdat }), binarymime()]), {
    hostname: "mx.example",
    observe: true,
  });
  const bdats = chunks.map((chunk, at) => `BDAT ${chunk.length}${at === chunks.length - 1 ? " LAST" : ""}\r\n${chunk}`);
  const said = octetsOf(
    `EHLO c.example\r\nMAIL FROM:<a@example.org>${params}\r\nRCPT TO:<b@example.org>\r\n${bdats.join("")}`,
  );
  const codes: number[] = [];
  let content = "";
  let crlf: boolean | undefined;
  const pump = (): void => {
    for (let event = session.next(); typeof event === "object"; event = session.next()) {
      if (event.type === "content") content += textOf(event.octets);
      if (event.type === "message") crlf = event.crlf;
      if (event.type === "answered" && event.verb === "BDAT") codes.push(event.reply.code);
      if ("proposed" in event) session.accept();
    }
    session.take();
  };
  for (let at = 0; at < said.length; at += cut) {
    session.receive(said.slice(at, at + cut));
    pump();
  }
  return { codes, content, crlf };
};

/** The octet at which content is refused, by looking at every octet; its length where it is not. */
const firstWrong = (content: string): number => {
  for (let i = 0; i < content.length; i++) {
    if (content[i] === "\n" && content[i - 1] !== "\r") return i;
    if (i > 0 && content[i - 1] === "\r" && content[i] !== "\n") return i;
  }
  return content.endsWith("\r") ? content.length - 1 : content.length;
};

const piece = fc
  .array(fc.constantFrom("\r\n", "\r", "\n", "a", ".", "\r\n.\r\n"), { maxLength: 4 })
  .map((parts) => parts.join(""));

describe("strictBdat", () => {
  test("judges chunks as the one content that they are, wherever they are cut", () => {
    fc.assert(
      fc.property(fc.array(piece, { minLength: 1, maxLength: 4 }), fc.constantFrom(1, 2, 3, 7, 4096), (chunks, cut) => {
        const whole = chunks.join("");
        const { codes, content, crlf } = send(chunks, true, "", cut);
        const wrong = firstWrong(whole);
        const right = wrong === whole.length;
        // What is wrong shows by its octet, and a CR at the end of all only by the last chunk.
        const refused = right ? codes.length : codes.indexOf(550);
        // All before the octet that shows it is passed on; a CR at a chunk's end is, before anybody knows that it is bare.
        const last = wrong === whole.length - 1 && whole.endsWith("\r");
        expect(last ? [wrong, wrong + 1] : [wrong]).toContain(content.length);
        expect({ content, crlf }).toEqual({ content: whole.slice(0, content.length), crlf: right ? true : undefined });
        expect(codes).toEqual(chunks.map((_, at) => (at < refused ? 250 : at === refused ? 550 : 503)));
        expect(refused).toBeGreaterThanOrEqual(0);
      }),
      { numRuns: 600 * runs },
    );
  });

  test("a CRLF may lie across two chunks, also with an empty one between them", () => {
    expect(send(["a\r", "", "\nb\r\n"], true)).toEqual({ codes: [250, 250, 250], content: "a\r\nb\r\n", crlf: true });
  });

  test("a CR that ends the content is bare, be it by `BDAT 0 LAST`", () => {
    expect(send(["a\r", ""], true).codes).toEqual([250, 550]);
    expect(send(["a\r"], true).codes).toEqual([550]);
  });

  test("the next message begins anew", () => {
    const session = new ServerSession(compose([chunking({ strictBdat: true })]), { hostname: "mx.example" });
    const codes: string[] = [];
    const say = (text: string): void => {
      session.receive(octetsOf(text));
      for (let event = session.next(); typeof event === "object"; event = session.next())
        if ("proposed" in event) session.accept();
      codes.push(textOf(session.take() ?? new Uint8Array()).slice(0, 3));
    };
    say("EHLO c.example\r\n");
    for (const content of ["a\r", "\nb", "c\r\n"]) {
      say("MAIL FROM:<>\r\n");
      say("RCPT TO:<b@example.org>\r\n");
      say(`BDAT ${content.length} LAST\r\n${content}`);
    }
    expect(codes.filter((_, at) => at % 3 === 0)).toEqual(["220", "550", "550", "250"]);
  });

  test("content that MAIL declared as binary has no lines (RFC 3030 §3), and says so", () => {
    expect(send(["a\nb\r"], true, " BODY=BINARYMIME")).toEqual({ codes: [250], content: "a\nb\r", crlf: false });
    expect(send(["a\nb\r"], true, " BODY=8BITMIME").codes).toEqual([550]);
  });
});

test("without it the octets are taken as they come, and the message is marked", () => {
  expect(send(["a\n", "b\r"], false)).toEqual({ codes: [250, 250], content: "a\nb\r", crlf: false });
  expect(send(["a\r\n"], false).crlf).toBe(false);
});

describe("the laws hold with it", () => {
  const BDAT = {
    args: fc.record({ size: fc.nat(40), last: fc.boolean() }),
    carries: ({ size }: { readonly size: number }) =>
      fc
        .uint8Array({ minLength: size, maxLength: size })
        .map((octets) => octets.map((octet) => (octet === 13 || octet === 10 ? 46 : octet))),
  };
  const extension = chunking({ strictBdat: true });
  for (const law of extensionLaws({ extension, capability: fc.constant(null), verbs: { BDAT } }, { runs }))
    test(law.name, () => {
      expect(law.check).not.toThrow();
    });
});
