/** AUTH inside both machines: where it is legal, what it remembers and for how long, and what nobody gets to see. */
import type { Tls } from "@posthorn/contract";
import { MECHANISMS, plain, scramSha256, verifiers } from "@posthorn/sasl";
import type { Verifier } from "@posthorn/sasl";
import { ClientSession, compose, NEED_DATA, ServerSession } from "@posthorn/session";
import { encodeBase64, encodeUtf8 } from "@posthorn/wire";
import { beforeAll, describe, expect, test } from "vitest";
import { auth } from "../src/index.ts";
import type { Auth } from "../src/index.ts";
import { crypto } from "./crypto.ts";
import { TLS } from "./drive.ts";

const b64 = (text: string): string => encodeBase64(encodeUtf8(text));
const GOOD = b64("\0tim\0secret");
const BAD = b64("\0tim\0guess");
const text = new TextDecoder("latin1");
let keys: readonly Verifier[] = [];

beforeAll(async () => {
  keys = await verifiers("secret", { rounds: 4096 }, crypto);
});

const store = (more: { readonly inClear?: boolean; readonly slow?: boolean } = {}): Auth<string> =>
  auth({
    mechanisms: MECHANISMS,
    crypto,
    server: {
      inClear: more.inClear ?? false,
      verify: async (shown) => {
        for (let turn = 0; more.slow === true && turn < 20; turn++) await Promise.resolve();
        return shown.type === "password" && shown.password === "secret" ? shown.name : undefined;
      },
      lookup: (name) => (name === "tim" ? { identity: name, verifiers: keys } : undefined),
    },
  });

/** A server's session with a host that accepts everything, and answers questions when it can. */
class Host {
  readonly session: ServerSession<readonly [Auth<string>]>;
  readonly told: string[] = [];
  sent = "";
  #asked: Promise<void> = Promise.resolve();

  constructor(extension: Auth<string>, tls: Tls | undefined) {
    const layer = tls === undefined ? {} : { tls };
    this.session = new ServerSession(compose([extension]), { hostname: "mx.example", observe: true, ...layer });
    this.#pump();
  }

  async say(octets: Uint8Array, cut: number = octets.length): Promise<void> {
    for (let at = 0; at < octets.length; at += cut) {
      this.session.receive(octets.slice(at, at + cut));
      this.#pump();
    }
    for (let asked: unknown; asked !== this.#asked;) {
      asked = this.#asked;
      await this.#asked;
    }
  }

  #pump(): void {
    const { session } = this;
    for (let event = session.next(); typeof event === "object"; event = session.next()) {
      if (event.type === "ask") {
        this.#asked = (async () => await event.run(event.signal))()
          .then(
            (value) => event.resume(value),
            (error: unknown) => event.fail(error),
          )
          .then(() => this.#pump());
      } else {
        if (event.type === "answered") this.told.push(`${event.verb} ${event.raw ?? "-"} ${event.reply.code}`);
        if ("proposed" in event) session.accept();
      }
    }
    this.sent += text.decode(session.take());
  }
}

/** The codes of the replies to what was said, one after the other, behind the greeting. */
const replies = async (
  lines: readonly string[],
  extension: Auth<string> = store(),
  tls: Tls | "no TLS" = TLS,
): Promise<readonly string[]> => {
  const octets = encodeUtf8(lines.map((line) => `${line}\r\n`).join(""));
  const said: (readonly string[])[] = [];
  for (const cut of [octets.length, 1, 7]) {
    const host = new Host(extension, tls === "no TLS" ? undefined : tls);
    await host.say(octets, cut);
    said.push(
      host.sent
        .split("\r\n")
        .filter((line) => /^\d{3}(?: |$)/.test(line))
        .slice(1),
    );
  }
  expect(said[1]).toEqual(said[0]);
  expect(said[2]).toEqual(said[0]);
  return said[0]?.map((line) => line.slice(0, 3)) ?? [];
};

describe("where AUTH is legal", () => {
  test("after EHLO, once, between transactions (RFC 4954 §4), however the input is cut and however long the store takes", async () => {
    const lines = [
      "EHLO c.example",
      "MAIL FROM:<>",
      `AUTH PLAIN ${GOOD}`,
      "RSET",
      `AUTH PLAIN ${GOOD}`,
      `AUTH PLAIN ${GOOD}`,
      "NOOP",
    ];
    const codes = ["250", "250", "503", "250", "235", "503", "250"];
    for (const slow of [false, true]) {
      const got = await replies(lines, store({ slow }));
      expect(got).toEqual(codes);
    }
  });

  test("not before a hello, nor after HELO", async () => {
    const got = await replies([`AUTH PLAIN ${GOOD}`, "HELO c.example", `AUTH PLAIN ${GOOD}`]);
    expect(got).toEqual(["503", "250", "503"]);
  });

  test("not in the clear: 538, and nobody is asked (A2)", async () => {
    const got = await replies(["EHLO c.example", `AUTH PLAIN ${GOOD}`], store(), "no TLS");
    expect(got[1]).toBe("538");
    const allowed = await replies(["EHLO c.example", `AUTH PLAIN ${GOOD}`], store({ inClear: true }), "no TLS");
    expect(allowed[1]).toBe("235");
  });

  test("the exchange takes the lines behind 334, and commands go on after it", async () => {
    const got = await replies(["EHLO c.example", "AUTH PLAIN", GOOD, "NOOP", "AUTH PLAIN", "NOOP"]);
    expect(got).toEqual(["250", "334", "235", "250", "503", "250"]);
    const cancelled = await replies(["EHLO c.example", "AUTH LOGIN", "*", "AUTH LOGIN", "no base64", "NOOP"]);
    expect(cancelled).toEqual(["250", "334", "501", "334", "501", "250"]);
  });
});

test("two failures, a hello and one more are three: 421, and nothing is heard after it (A6)", async () => {
  const bad = `AUTH PLAIN ${BAD}`;
  const got = await replies(["EHLO c.example", bad, bad, "EHLO c.example", bad, `AUTH PLAIN ${GOOD}`]);
  expect(got).toEqual(["250", "535", "535", "250", "421"]);
});

test("the identity outlives EHLO and RSET, and a failure leaves none", async () => {
  const host = new Host(store(), TLS);
  await host.say(encodeUtf8(`EHLO c.example\r\nAUTH PLAIN ${BAD}\r\n`));
  expect(host.session.state.AUTH).toEqual({ identity: undefined, mechanism: undefined, name: undefined });
  await host.say(encodeUtf8(`AUTH PLAIN ${GOOD}\r\nRSET\r\nEHLO d.example\r\n`));
  const { identity } = host.session.state.AUTH;
  expect(identity?.toUpperCase()).toBe("TIM");
  expect([host.session.fact("identity"), host.session.fact("authenticated"), host.session.fact("mechanism")]).toEqual([
    "tim",
    "tim",
    "PLAIN",
  ]);
  expect(host.session.offered("AUTH")).toBe(true);
});

test("lines of 12288 octets are read in the command and behind it, longer ones are refused, and the dialogue goes on", async () => {
  const fits = (prefix: string): string => "A".repeat(Math.floor((12_288 - prefix.length - 2) / 4) * 4);
  const long = "A".repeat(12_288);
  const got = await replies([
    "EHLO c.example",
    `AUTH PLAIN ${fits("AUTH PLAIN ")}`,
    "AUTH PLAIN",
    fits(""),
    "AUTH PLAIN",
    long,
    "NOOP",
    `AUTH PLAIN ${long}`,
    "NOOP",
  ]);
  expect(got).toEqual(["250", "501", "334", "501", "334", "500", "250", "500", "250"]);
});

test("no event of the session holds what a client showed (A8)", async () => {
  const host = new Host(store(), TLS);
  await host.say(
    encodeUtf8(`EHLO c.example\r\nAUTH PLAIN ${BAD}\r\nAUTH PLAIN\r\n${BAD}\r\nAUTH LOGIN ${b64("tim")}\r\n*\r\n`),
  );
  expect(host.told).toEqual([
    " - 220",
    "EHLO c.example 250",
    "AUTH - 535",
    "AUTH - 334",
    "AUTH - 535",
    "AUTH - 334",
    "AUTH - 501",
  ]);
});

/** Both machines, joined, until neither has anything to say. */
const meet = async (client: Auth<never>): Promise<{ readonly server: Host; readonly end: string }> => {
  const server = new Host(store(), TLS);
  const session = new ClientSession(compose([client]), { name: "c.example", tls: TLS });
  let end = "";
  let heard = 0;
  for (let turn = 0; turn < 50; turn++) {
    if (heard < server.sent.length)
      session.receive(Uint8Array.from(server.sent.slice(heard), (unit) => unit.charCodeAt(0)));
    heard = server.sent.length;
    for (let event = session.next(); event !== NEED_DATA; event = session.next()) {
      if (event.type === "ask") event.resume(await event.run(event.signal));
      if (event.type === "ready" || event.type === "closed")
        end ||= event.type === "ready" ? "ready" : `${event.code}: ${event.reason}`;
    }
    const sent = session.take();
    if (sent === undefined && heard === server.sent.length) break;
    if (sent !== undefined) await server.say(sent);
  }
  return { server, end };
};

describe("both machines", () => {
  test.each(["PLAIN", "LOGIN", "SCRAM-SHA-1", "SCRAM-SHA-256", "SCRAM-SHA-1-PLUS", "SCRAM-SHA-256-PLUS"])(
    "meet by %s",
    async (name) => {
      const mechanisms = MECHANISMS.filter((mechanism) => mechanism.name === name);
      const right = await meet(
        auth({ mechanisms, crypto, client: { credentials: { name: "tim", password: "secret" } } }),
      );
      expect(right.end).toBe("ready");
      expect(right.server.session.state.AUTH).toEqual({ identity: "tim", mechanism: name, name: "tim" });
      const wrong = await meet(
        auth({ mechanisms, crypto, client: { credentials: { name: "tim", password: "guess" } } }),
      );
      expect(wrong.end).toMatch(/^negotiation: .*: 535 /);
      expect(wrong.server.told.at(-1)).toBe("QUIT - 221");
    },
  );

  test("a long initial response waits for its 334", async () => {
    const password = "p".repeat(5000);
    const { end, server } = await meet(
      auth({ mechanisms: [plain], crypto, client: { credentials: { name: "tim", password } } }),
    );
    expect(end).toContain("535");
    expect(server.told.slice(2, 4)).toEqual(["AUTH - 334", "AUTH - 535"]);
  });

  test("a client that must authenticate does not go on without (C7)", async () => {
    const session = new ClientSession(
      compose([
        auth({ mechanisms: [scramSha256], crypto, client: { credentials: { name: "tim", password: "secret" } } }),
      ]),
      { name: "c.example", tls: TLS },
    );
    session.receive(encodeUtf8("220 mx.example\r\n"));
    while (session.next() !== NEED_DATA);
    session.take();
    session.receive(encodeUtf8("250-mx.example\r\n250 SIZE\r\n"));
    const events: unknown[] = [];
    for (let event = session.next(); event !== NEED_DATA; event = session.next()) events.push(event);
    expect(text.decode(session.take())).toBe("QUIT\r\n");
    session.receive(encodeUtf8("221 bye\r\n"));
    for (let event = session.next(); event !== NEED_DATA; event = session.next()) events.push(event);
    expect(events).toEqual([
      expect.objectContaining({
        type: "closed",
        code: "negotiation",
        reason: expect.stringContaining("does not offer AUTH"),
      }),
    ]);
  });
});
