/** The server's rules (RFC 4954 §4, §6; A2 to A4, A6), by lines that anybody may write. */
import { plain, login, cramMd5, scramSha256 } from "@posthorn/sasl";
import type { Mechanism, Store } from "@posthorn/sasl";
import { encodeBase64, encodeUtf8 } from "@posthorn/wire";
import fc from "fast-check";
import { expect, test } from "vitest";
import { auth, AUTH_LINE } from "../src/index.ts";
import { crypto } from "./crypto.ts";
import { crlf, Server } from "./drive.ts";
import type { Below } from "./drive.ts";

const RUNS = Number(process.env["POSTHORN_RUNS"] ?? 1);
const b64 = (text: string): string => encodeBase64(encodeUtf8(text));
const GOOD = b64("\0tim\0secret");
const BAD = b64("\0tim\0wrong");

const store: Store<string> = {
  serves: ["password", "secret", "sha256"],
  verify: (shown) =>
    shown.type === "password" && shown.name === "tim" && shown.password === "secret" ? "Tim" : undefined,
  lookup: () => undefined,
};
const serve = (more: Partial<Store<string>> & { inClear?: boolean; maxFailures?: number } = {}, tls?: Below): Server =>
  new Server(auth({ mechanisms: [plain, login, cramMd5, scramSha256], crypto, server: { ...store, ...more } }), tls);

const said = async (reply: ReturnType<Server["command"]>): Promise<string> => {
  const { code, status, lines } = await reply;
  return [code, status ?? lines.join("\n")].join(" ");
};

test("PLAIN at once, and after an empty challenge", async () => {
  expect(await said(serve().command(`PLAIN ${GOOD}`))).toBe("235 2.7.0");
  const asked = serve();
  expect(await asked.command("plain")).toEqual({ code: 334, lines: [""] });
  expect(await said(asked.line(crlf(GOOD)))).toBe("235 2.7.0");
});

test("LOGIN by two prompts, and with the name in front as many clients have it", async () => {
  const asked = serve();
  expect(await asked.command("LOGIN")).toEqual({ code: 334, lines: ["VXNlcm5hbWU6"] });
  expect(await asked.line(crlf(b64("tim")))).toEqual({ code: 334, lines: ["UGFzc3dvcmQ6"] });
  expect(await said(asked.line(crlf(b64("secret"))))).toBe("235 2.7.0");
  const told = serve();
  expect(await said(told.command(`LOGIN ${b64("tim")}`))).toBe("334 UGFzc3dvcmQ6");
  expect(await said(told.line(crlf(b64("secret"))))).toBe("235 2.7.0");
});

test("an initial response where the server speaks first is 501 (RFC 4954 §4)", async () => {
  expect(await said(serve().command(`CRAM-MD5 ${GOOD}`))).toBe("501 5.5.2");
});

test("`=` is the empty initial response (RFC 4954 §4)", async () => {
  expect(await said(serve().command("PLAIN ="))).toBe("501 5.5.2");
  expect((await serve().command("PLAIN")).code).toBe(334);
});

test("`*` cancels, and what follows begins anew (RFC 4954 §4)", async () => {
  const server = serve();
  await server.command("PLAIN");
  expect(await said(server.line(crlf("*")))).toBe("501 5.0.0");
  expect(server.state).toMatchObject({ mechanism: undefined });
  expect(await said(server.command(`PLAIN ${GOOD}`))).toBe("235 2.7.0");
});

test("what is no base64 is 501 5.5.2, on the command and behind it", async () => {
  const malformed = [
    "A",
    "AAA",
    "A=AA",
    "AA==AA==",
    "!!!!",
    "AAAA ",
    " AAAA",
    "AB==",
    "**",
    "\u00e9\u00e9\u00e9\u00e9",
  ];
  for (const text of malformed) {
    expect(await said(serve().command(`PLAIN ${text}`))).toBe("501 5.5.2");
    const server = serve();
    await server.command("PLAIN");
    expect(await said(server.line(crlf(text)))).toBe("501 5.5.2");
  }
  expect(await said(serve().command("PLAIN "))).toBe("501 5.5.2");
});

test("a line over 12288 octets is 500 5.5.6, and one of 12288 is read (RFC 4954 §6)", async () => {
  const server = serve();
  await server.command("PLAIN");
  const fits = encodeBase64(new Uint8Array(((AUTH_LINE - 4) / 4) * 3));
  expect(fits.length + 2).toBe(AUTH_LINE - 2);
  expect(await said(server.line(crlf(fits)))).toBe("501 5.5.2");
  await server.command("PLAIN");
  expect(await said(server.line(crlf(`${fits}AAA`)))).toBe("500 5.5.6");
});

test("a challenge that no line can hold is 500 5.5.6 too: a client must not make us fail", async () => {
  const server = serve();
  await server.command("SCRAM-SHA-256");
  expect(await said(server.line(crlf(b64(`n,,n=tim,r=${"x".repeat(9150)}`))))).toBe("500 5.5.6");
});

test("a mechanism that is not offered is 504 5.5.4, one that is none 501 5.5.4", async () => {
  for (const name of ["FOO", "SCRAM-SHA-256-PLUS", "__PROTO__", "CONSTRUCTOR", "A".repeat(20)]) {
    expect(await said(serve().command(name))).toBe("504 5.5.4");
  }
  for (const name of ["", " ", "A".repeat(21), "PLA\u0131N", "PLA.IN", "=", "*"]) {
    expect(await said(serve().command(name))).toBe("501 5.5.4");
  }
});

test("after success AUTH is 503, and stays offered so that AUTH= may be given (RFC 4954 §4, §5)", async () => {
  const server = serve();
  await server.command(`PLAIN ${GOOD}`);
  expect(await said(server.command(`PLAIN ${GOOD}`))).toBe("503 5.5.1");
  expect(server.offer).toContain("PLAIN");
});

test("without TLS AUTH is not offered and withheld by 538, unless allowed by name (A2)", () => {
  const withheld = (server: Server): number | undefined =>
    server.spec.server?.withheld?.("AUTH", server.view, server.state).code;
  const clear = new Server(auth({ mechanisms: [plain], crypto, server: store }), "no TLS");
  expect(clear.offer).toBeUndefined();
  expect(withheld(clear)).toBe(538);
  const allowed = serve({ inClear: true }, "no TLS");
  expect(allowed.offer).toBe("PLAIN LOGIN CRAM-MD5 SCRAM-SHA-256");
  const empty = serve({ serves: [] });
  expect(empty.offer).toBeUndefined();
  expect(withheld(empty)).toBe(502);
});

test("somebody else's identity needs leave (A3)", async () => {
  const message = `PLAIN ${b64("victim\0tim\0secret")}`;
  expect(await said(serve().command(message))).toBe("535 5.7.8");
  expect(await said(serve({ authorize: () => undefined }).command(message))).toBe("535 5.7.8");
  const leave = serve({ authorize: (identity, name, authzid) => `${identity} ${name} as ${authzid}` });
  expect(await said(leave.command(message))).toBe("235 2.7.0");
  expect(leave.fact("identity")).toBe("Tim tim as victim");
  expect(leave.fact("authenticated")).toBe("tim");
});

test("the third refusal is 421, whatever the first two were (A6)", async () => {
  const server = serve();
  expect(await said(server.command(`PLAIN ${BAD}`))).toBe("535 5.7.8");
  expect(await said(server.command(`PLAIN ${BAD}`))).toBe("535 5.7.8");
  expect(await said(server.command(`PLAIN ${BAD}`))).toBe("421 4.7.0");
  const strict = serve({ maxFailures: 1 });
  expect(await said(strict.command(`PLAIN ${BAD}`))).toBe("421 4.7.0");
  const late = serve();
  await late.command(`PLAIN ${BAD}`);
  await late.command(`PLAIN ${BAD}`);
  expect(await said(late.command(`PLAIN ${GOOD}`))).toBe("235 2.7.0");
});

test("a store that throws is 454, and nobody is known", async () => {
  for (const verify of [
    (): never => {
      throw new Error("no database");
    },
    (): Promise<never> => Promise.reject(new Error("no database")),
  ]) {
    const server = serve({ verify });
    expect(await said(server.command(`PLAIN ${GOOD}`))).toBe("454 4.7.0");
    expect(server.state).toMatchObject({ mechanism: undefined, identity: undefined });
  }
});

test("a mechanism that does not end is stopped after ten challenges (A4), and told that it is over", async () => {
  let ended = 0;
  const endless: Mechanism = {
    ...plain,
    name: "ENDLESS",
    *server(_host, initial) {
      try {
        for (;;) yield { op: "challenge", data: initial ?? new Uint8Array(1) };
      } finally {
        ended++;
      }
    },
  };
  const server = new Server(auth({ mechanisms: [endless], crypto, server: store }));
  let reply = await server.command("ENDLESS");
  for (let round = 1; round <= 10; round++) {
    expect(reply.code).toBe(334);
    reply = await server.line(crlf(""));
  }
  expect(reply.code).toBe(421);
  await server.command("ENDLESS");
  await server.line(crlf("*"));
  expect(ended).toBe(2);
});

test("whatever is sent, each line has one reply of AUTH's, nothing throws, and no secret is in any reply", async () => {
  const word = fc.oneof(
    fc.string(),
    fc.base64String(),
    fc.constantFrom("*", "=", "", GOOD, BAD, b64("tim"), b64("secret"), b64("\0tim\0secret\0"), b64("n,,n=tim,r=x")),
  );
  const mechanism = fc.constantFrom("PLAIN", "LOGIN", "CRAM-MD5", "SCRAM-SHA-256", "x");
  const clean = (text: string): string => text.replaceAll(/[\0\r\n]/g, "").trimEnd();
  await fc.assert(
    fc.asyncProperty(mechanism, fc.option(word), fc.array(word, { maxLength: 4 }), async (name, initial, lines) => {
      const server = serve();
      let reply = await server.command(initial === null ? name : `${name} ${clean(initial)}`);
      for (const line of lines) {
        if (reply.code !== 334) break;
        reply = await server.line(crlf(clean(line)));
      }
      expect([235, 334, 500, 501, 504, 535]).toContain(reply.code);
      expect(JSON.stringify(reply)).not.toContain("secret");
      expect(server.fact("identity")).toBe(reply.code === 235 ? "Tim" : undefined);
    }),
    { numRuns: 300 * RUNS },
  );
});
