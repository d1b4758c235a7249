/**
 * Who may act as whom (docs/security.md A2 to A7, A16): AUTH against posthornd with a users file, by lines that anybody
 * may write.
 */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { launch, newFolder, RUNS, serve, type Server } from "./program.ts";
import { deliver, dial, dialSecure } from "./raw.ts";

const b64 = (text: string): string => Buffer.from(text, "latin1").toString("base64");
const plain = (authzid: string, name: string, password: string): string =>
  `AUTH PLAIN ${b64(`${authzid}\0${name}\0${password}`)}`;

/** One server for all: in the clear, with TLS, and submission. */
let server: Server;
let [clear, implicit, submission] = [0, 0, 0];
beforeAll(async () => {
  const { out } = await launch("server", ["hash"], { input: "tanstaaf\n" }).ended;
  const file = join(newFolder(), "users");
  writeFileSync(file, `tim:${out}victim:${out}`);
  const listeners = ["--listen", "--listen-tls", "--submission"].flatMap((name) => [name, "127.0.0.1:0"]);
  server = await serve([...listeners, "--users", file, "--limit", "errors=0"]);
  [clear = 0, implicit = 0, submission = 0] = server.ports;
});

test("without TLS there is no AUTH: not offered, 538, and nobody is asked (A2)", async () => {
  const raw = await dial(clear, "");
  expect(await raw.say("EHLO client.example")).not.toContain("AUTH");
  for (const line of [plain("", "tim", "tanstaaf"), "AUTH PLAIN", "AUTH LOGIN", "AUTH SCRAM-SHA-256", "AUTH X"])
    expect(await raw.say(line)).toMatch(/^538 5\.7\.11 /);
  expect(await raw.say("MAIL FROM:<a@x.example> AUTH=<>")).toMatch(/^5/);
  raw.socket.destroy();
  expect(server.err()).not.toContain('"ok":true');
});

test("submission wants TLS, then authentication, before mail (A2, A14)", async () => {
  const raw = await dial(submission);
  expect(await raw.say("MAIL FROM:<a@x.example>")).toMatch(/^530 5\.7\.0 /);
  expect(await raw.say("STARTTLS")).toMatch(/^220 /);
  await raw.secure();
  await raw.say("EHLO client.example");
  expect(await raw.codes("MAIL FROM:<a@x.example>", "RCPT TO:<u@x.example>", "DATA")).toEqual(["530", "503", "503"]);
  expect(await raw.say(plain("", "tim", "tanstaaf"))).toMatch(/^235 /);
  expect(await deliver(raw)).toMatch(/^250/);
});

describe("over TLS", () => {
  test("somebody else's identity is refused, and so is what is no credential (A3)", async () => {
    for (const [credentials, code] of [
      ["victim\0tim\0tanstaaf", "535"],
      ["\0tim\0tanstaaf\0", "501|535"],
      ["\0tim\0\0tanstaaf", "501|535"],
      ["\0\0tanstaaf", "501|535"],
      ["\0tim\0", "501|535"],
      ["tim\0tanstaaf", "501|535"],
      ["", "501|535"],
      ["\0tim\r\0tanstaaf", "501|535"],
      ["\0tim\0tanstaaf\r\n", "501|535"],
      ["\0t\xefm\0tanstaaf", "501|535"],
      ["\0TIM\0tanstaaf", "535"],
      ["\0tim \0tanstaaf", "535"],
      ["\0*)(uid=*\0tanstaaf", "535"],
      ["\0' or 1--\0tanstaaf", "535"],
      ["\0../tim\0tanstaaf", "535"],
      ["\0__proto__\0tanstaaf", "535"],
      ["\0constructor\0tanstaaf", "535"],
      ["tim\0tim\0tanstaaf", "235"],
    ] as const) {
      const raw = await dialSecure(implicit);
      expect(
        await raw
          .say(`AUTH PLAIN ${b64(credentials)}`.trimEnd())
          .then((said) => (said.startsWith("334") ? raw.say("=") : said)),
        JSON.stringify(credentials),
      ).toMatch(new RegExp(`^(?:${code}) `));
      raw.socket.destroy();
    }
  });

  test("lines that are no base64, too long, cancelled, empty, out of place (A4)", async () => {
    const raw = await dialSecure(implicit);
    for (const line of [
      "AUTH PLAIN !",
      "AUTH PLAIN =A",
      "AUTH PLAIN AAA",
      "AUTH PLAIN A A",
      "AUTH",
      "AUTH  PLAIN",
      "AUTH PLAIN  AA==",
    ]) {
      const other = await dialSecure(implicit);
      expect(await other.say(line), line).toMatch(/^50[0-4] /);
      expect(await other.say(plain("", "tim", "tanstaaf")), line).toMatch(/^235 /);
      other.socket.destroy();
    }
    const other = await dialSecure(implicit);
    for (const answer of ["*", "!", "A", "AAA", "A".repeat(20_000)]) {
      const again = await dialSecure(implicit);
      expect(await again.say("AUTH PLAIN")).toBe("334 ");
      expect(await again.say(answer), answer.slice(0, 9)).toMatch(/^50[01] 5\./);
      expect(await again.say("NOOP")).toMatch(/^250/);
      again.socket.destroy();
    }
    expect(await other.say("AUTH PLAIN =")).toMatch(/^(?:501|535) /);
    expect(await raw.codes("MAIL FROM:<a@x.example>", plain("", "tim", "tanstaaf"), "RSET")).toEqual([
      "250",
      "503",
      "250",
    ]);
    expect(await raw.say(plain("", "tim", "tanstaaf"))).toMatch(/^235 /);
    expect(await raw.codes(plain("", "tim", "tanstaaf"), "EHLO x.example", plain("", "tim", "tanstaaf"))).toEqual([
      "503",
      "250",
      "503",
    ]);
  });

  test("the third failure ends it, and a hello between does not make it the first again (A6)", async () => {
    const raw = await dialSecure(implicit);
    const wrong = plain("", "tim", "guess");
    expect(await raw.codes(wrong, "EHLO client.example", "RSET", wrong, "EHLO client.example", wrong)).toEqual([
      "535",
      "250",
      "250",
      "535",
      "250",
      "421",
    ]);
    await raw.rest();
  });

  test(
    "unknown users and wrong passwords: one reply, one time; and RCPT, VRFY, EXPN name nobody (A6)",
    { retry: 2 },
    async () => {
      const times: Record<"known" | "unknown", number[]> = { known: [], unknown: [] };
      const replies = new Set<string>();
      const samples = 30 * Math.min(RUNS, 16);
      for (let nth = 0; nth < samples; nth++) {
        const raw = await dialSecure(implicit);
        for (const who of nth % 2 === 0 ? (["known", "unknown"] as const) : (["unknown", "known"] as const)) {
          const began = performance.now();
          replies.add(await raw.say(plain("", who === "known" ? "tim" : `nobody${nth}`, "guess")));
          times[who].push(performance.now() - began);
        }
        raw.socket.destroy();
      }
      expect([...replies]).toHaveLength(1);
      const median = (list: readonly number[]): number => list.toSorted((a, b) => a - b)[list.length >> 1] ?? 0;
      const [known, unknown] = [median(times.known), median(times.unknown)];
      // A derivation takes tens of milliseconds, so that leaving it out would show; a millisecond is the noise of a busy machine.
      expect(Math.abs(known - unknown)).toBeLessThan(Math.max(1, 0.15 * Math.max(known, unknown)));

      const raw = await dialSecure(implicit);
      expect(await raw.say("VRFY tim")).toBe(await raw.say("VRFY nobody"));
      expect(await raw.say("EXPN staff")).toMatch(/^502 /);
      const challenge = async (name: string): Promise<string> => {
        const said = await raw.say(`AUTH SCRAM-SHA-256 ${b64(`n,,n=${name},r=${"x".repeat(24)}`)}`);
        await raw.say("*");
        return Buffer.from(said.slice(4), "base64").toString();
      };
      const shape = (text: string): string => text.replace(/r=[^,]*/, "r").replace(/s=[^,]*/, "s");
      const [first, second] = [await challenge("nobody"), await challenge("tim")];
      expect(shape(first)).toBe(shape(second));
      expect(/s=([^,]*)/.exec(first)?.[1]).toHaveLength(/s=([^,]*)/.exec(second)?.[1]?.length ?? 0);
      const again = await dialSecure(implicit);
      const third = Buffer.from(
        (await again.say(`AUTH SCRAM-SHA-256 ${b64(`n,,n=nobody,r=${"x".repeat(24)}`)}`)).slice(4),
        "base64",
      ).toString();
      expect(/s=([^,]*)/.exec(third)?.[1]).toBe(/s=([^,]*)/.exec(first)?.[1]);
    },
  );

  test("a SCRAM client that says that no -PLUS was offered is refused, for one was (A7)", async () => {
    const raw = await dialSecure(implicit);
    const hello = await raw.say("EHLO client.example");
    expect(hello).toMatch(/AUTH.*SCRAM-SHA-256-PLUS/);
    const said = await raw.say(`AUTH SCRAM-SHA-256 ${b64(`y,,n=tim,r=${"x".repeat(24)}`)}`);
    expect(said.startsWith("334") ? await raw.say(b64(`c=${b64("y,,")},r=x,p=AAAA`)) : said).toMatch(/^(?:501|535) /);
  });
});
