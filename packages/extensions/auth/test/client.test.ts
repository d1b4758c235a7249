/** The client's rules (RFC 4954 §4; A7, A8, C7), against servers that say what they like. */
import { reply } from "@posthorn/contract";
import type { Reply } from "@posthorn/contract";
import { login, MECHANISMS, oauthbearer, plain, scramSha256 } from "@posthorn/sasl";
import type { ClientCredentials, Mechanism } from "@posthorn/sasl";
import { encodeBase64, encodeUtf8 } from "@posthorn/wire";
import fc from "fast-check";
import { expect, test } from "vitest";
import { auth } from "../src/index.ts";
import type { Auth, AuthClientOptions } from "../src/index.ts";
import { crypto } from "./crypto.ts";
import { converse, Script } from "./drive.ts";
import type { Below } from "./drive.ts";

const RUNS = Number(process.env["POSTHORN_RUNS"] ?? 1);
const TIM: ClientCredentials = { name: "tim", password: "hunter2hunter2" };
const SUCCESS = reply(235, "2.7.0", "Yes");
const REFUSAL = reply(535, "5.7.8", "No");
const challenge = (text: string): Reply => reply(334, encodeBase64(encodeUtf8(text)));

const client = (options: Partial<AuthClientOptions> = {}, mechanisms: readonly Mechanism[] = MECHANISMS): Auth<never> =>
  auth({ mechanisms, crypto, client: { credentials: TIM, ...options } });
const against = (
  offer: string | undefined,
  replies: readonly Reply[],
  given: Auth<never> = client(),
  tls?: Below,
): ReturnType<typeof converse> => converse(given, new Script(offer, replies), tls);

test("an initial response goes with the command if the line has 512 octets at most, else after 334 (RFC 4954 §4)", async () => {
  // "AUTH TEST " and CRLF are 12 octets; 500 more are 375 octets: two NUL, one letter, 372 of password.
  const mechanism: Mechanism = { ...plain, name: "TEST" };
  for (const [octets, whole] of [
    [372, true],
    [373, false],
  ] as const) {
    const password = "p".repeat(octets);
    const replies = whole ? [SUCCESS] : [reply(334, ""), SUCCESS];
    const { negotiated, wire } = await against(
      "TEST",
      replies,
      client({ credentials: { name: "t", password } }, [mechanism]),
    );
    const initial = encodeBase64(encodeUtf8(`\0t\0${password}`));
    expect(negotiated).toBe("done");
    expect(`AUTH TEST ${initial}\r\n`).toHaveLength(whole ? 512 : 516);
    const sent = whole ? [`C: AUTH TEST ${initial}`] : ["C: AUTH TEST", `C: ${initial}`];
    expect(wire.filter((line) => line.startsWith("C:"))).toEqual(sent);
  }
});

test("an empty initial response is `=`", async () => {
  const given = client({ credentials: { trace: "" } });
  expect((await against("ANONYMOUS", [SUCCESS], given)).wire[0]).toBe("C: AUTH ANONYMOUS =");
});

test("without AUTH on offer, or without TLS, it fails and says nothing (C7)", async () => {
  expect(await against(undefined, [])).toMatchObject({
    negotiated: { fail: "the server does not offer AUTH" },
    wire: [],
  });
  expect(await against("PLAIN", [SUCCESS], client({ inClear: true }), "no TLS")).toMatchObject({ negotiated: "done" });
  const refused = await against("PLAIN", [SUCCESS], client(), "no TLS");
  expect(refused).toMatchObject({ negotiated: { fail: "credentials are not sent without TLS" }, wire: [] });
});

test("an offer of nothing that can be used is a failure that names the offer", async () => {
  const { negotiated, wire } = await against("GSSAPI XOAUTH2", []);
  expect(negotiated).toEqual({ fail: expect.stringContaining("GSSAPI XOAUTH2") });
  expect(wire).toEqual([]);
});

test("nothing weaker than minMechanism (A7)", async () => {
  const { negotiated } = await against("PLAIN LOGIN", [], client({ minMechanism: "SCRAM-SHA-1" }));
  expect(negotiated).toEqual({ fail: expect.stringContaining("no mechanism") });
  expect(() => client({ minMechanism: "NONE" })).toThrow("NONE");
});

test("after 504 and 534 the next mechanism is tried, after 535 none", async () => {
  const two = client({}, [scramSha256, plain, login]);
  const tried = await against("LOGIN PLAIN SCRAM-SHA-256", [reply(504, "no"), reply(534, "no"), reply(504, "no")], two);
  expect(tried.wire.filter((line) => line.startsWith("C:")).map((line) => line.split(" ")[2])).toEqual([
    "SCRAM-SHA-256",
    "PLAIN",
    "LOGIN",
  ]);
  expect(tried.negotiated).toEqual({ fail: "LOGIN: 504 no" });
  const once = await against("LOGIN PLAIN", [REFUSAL], two);
  expect(once.negotiated).toEqual({ fail: "PLAIN: 535 5.7.8 No" });
});

test("a challenge that is no base64, or has two lines, is cancelled by `*` (RFC 4954 §4)", async () => {
  for (const garbage of [reply(334, "what?"), reply(334, "AB=="), reply(334, "QUFB", "QUFB")]) {
    const { negotiated, wire } = await against("CRAM-MD5", [garbage, reply(501, "cancelled")]);
    expect(negotiated).toEqual({ fail: "CRAM-MD5: the server's challenge is not base64" });
    expect(wire.at(-2)).toBe("C: *");
  }
});

test("a mechanism that gives up on a challenge is cancelled", async () => {
  const replies = [challenge("r=other,s=QSXCR+Q6sek8bf92,i=4096"), reply(501, "cancelled")];
  const { negotiated, wire } = await against("SCRAM-SHA-256", replies);
  expect(negotiated).toEqual({ fail: "SCRAM-SHA-256: nonce-mismatch" });
  expect(wire.at(-2)).toBe("C: *");
});

test("success without the server's proof is a failure, and nobody is authenticated", async () => {
  const { negotiated, state } = await against("SCRAM-SHA-256", [SUCCESS]);
  expect(negotiated).toEqual({ fail: expect.stringContaining("SCRAM-SHA-256: ") });
  expect(state).toMatchObject({ mechanism: undefined });
});

test("a server that never ends is left after ten challenges", async () => {
  const patient: Mechanism = {
    ...plain,
    *client() {
      for (;;) yield { op: "respond", data: new Uint8Array(0) };
    },
  };
  const replies = Array.from({ length: 10 }, () => reply(334, ""));
  const { negotiated, wire } = await against("PLAIN", [...replies, reply(501, "ok")], client({}, [patient]));
  expect(negotiated).toEqual({ fail: expect.stringContaining("end") });
  expect(wire.at(-2)).toBe("C: *");
});

test("credentials are asked for where they are a function, and what they lack is a reason", async () => {
  const fetched = client({ credentials: async () => ({ token: "t0k3n" }) }, [oauthbearer]);
  expect((await against("OAUTHBEARER", [SUCCESS], fetched)).negotiated).toBe("done");
  const strange = client({ credentials: { name: "tim\0", password: "p" } }, [plain]);
  const { negotiated, wire } = await against("PLAIN", [], strange);
  expect(negotiated).toEqual({ fail: expect.stringContaining("PLAIN: ") });
  expect(wire).toEqual([]);
});

test("a reply's text is shown escaped", async () => {
  const { negotiated } = await against("PLAIN", [reply(535, "\u001b[2J\u2028gone")]);
  expect(negotiated).toEqual({ fail: "PLAIN: 535 \\x1b[2J\\u{2028}gone" });
});

test("whatever a server says, the client ends, and no reason holds the secret (A8)", async () => {
  const answer = fc.oneof(
    fc.constantFrom(SUCCESS, REFUSAL, reply(334, ""), reply(504, "no"), reply(421, "bye"), reply(354, "go")),
    fc.string().map(challenge),
    fc.string().map((text) => reply(334, text)),
  );
  const offer = fc.subarray(MECHANISMS.map(({ name }) => name));
  const everything = client({ credentials: { ...TIM, token: "hunter2hunter2", external: true, trace: "x" } });
  await fc.assert(
    fc.asyncProperty(offer, fc.array(answer, { maxLength: 12 }), async (names, replies) => {
      const closing = Array.from({ length: 40 }, () => reply(421, "closing"));
      const { negotiated } = await against(
        names.length === 0 ? undefined : names.join(" "),
        [...replies, ...closing],
        everything,
      );
      expect(JSON.stringify(negotiated)).not.toContain("hunter2");
      expect(negotiated === "done" || typeof negotiated === "object").toBe(true);
    }),
    { numRuns: 300 * RUNS },
  );
});
