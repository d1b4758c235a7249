/** STARTTLS: RFC 3207 §4; what is forgotten, what was never offered, what came too early; AUTH within (RFC 4954 §4, RFC 5802 §6). */
import { once } from "node:events";
import { connect as dial } from "node:net";
import type { TLSSocket } from "node:tls";
import { describe, expect, test } from "vitest";
import { connect, Talk } from "../talk.ts";
import { scram } from "./scram.ts";
import { EHLO, MAIL, PASSWORD, RCPT, type Row, type Step, USER, closed, raw, secure, server, table } from "./table.ts";

const { port } = server("--users", "$USERS", "--listen", "127.0.0.1:0", "--listen-tls", "127.0.0.1:0");

const plain = Buffer.from(`\0${USER}\0${PASSWORD}`).toString("base64");
const START: Step = ["STARTTLS", "220 2\\.0\\.0"];
const SECURE: readonly Step[] = [EHLO, START, [secure]];

describe("the command (RFC 3207 §4)", () => {
  table(
    port,
    [],
    [
      ["§4 after EHLO", ...SECURE, EHLO, MAIL],
      ["§4 in any case", EHLO, ["StartTls", "220"], [secure], EHLO, MAIL],
      ["§4 with an argument is 501", EHLO, ["STARTTLS x", "501"], MAIL],
      ["§4 = is an argument", EHLO, ["STARTTLS =", "501"], MAIL],
      ["§4 before any hello", ["STARTTLS", "50[023]"]],
      ["§4 after HELO", ["HELO x", "250"], ["STARTTLS", "50[023]"], MAIL],
      ["§4 a second is refused", ...SECURE, EHLO, ["STARTTLS", "50[023]|554"], MAIL],
      ["§4.2 a second is refused also before EHLO", ...SECURE, ["STARTTLS", "50[023]|554"], EHLO],
      ["§4 after a message", EHLO, MAIL, RCPT, ["DATA", "354"], [".", "250"], START, [secure], EHLO, MAIL],
      ["§4 after RSET", EHLO, MAIL, ["RSET", "250"], START, [secure], EHLO],
    ],
  );
});

describe("what is forgotten (RFC 3207 §4.2)", () => {
  table(port, SECURE, [
    ["§4.2 the EHLO: MAIL", ["MAIL FROM:<>", "503"]],
    ["§4.2 the EHLO: RCPT", ["RCPT TO:<u@b>", "503"]],
    ["§4.2 the EHLO: DATA", ["DATA", "503"]],
    ["§4.2 the EHLO: AUTH", [`AUTH PLAIN ${plain}`, "50[023]"]],
    ["§4.2 the EHLO: no statuses before the next", ["NOOP", "250 [^2]"]],
    ["§4.2 no greeting comes again", EHLO],
    ["§4.2 HELO", ["HELO x", "250"], MAIL],
    ["§4.2 a message", EHLO, MAIL, RCPT, ["DATA", "354"], ["x\r\n.", "250"], MAIL],
    ["RFC 4954 §4 AUTH is there now", EHLO, [`AUTH PLAIN ${plain}`, "235"], MAIL],
    ["RFC 4954 §4 who one is outlives EHLO", EHLO, [`AUTH PLAIN ${plain}`, "235"], EHLO, ["AUTH PLAIN", "503"]],
    ["RFC 5321 §4.5.1 NOOP, RSET and HELP before EHLO", ["NOOP", "250"], ["RSET", "250"], ["HELP", "214"]],
  ]);
});

describe("in the clear (RFC 4954 §4)", () => {
  table(
    port,
    [EHLO],
    [
      ["§4 AUTH PLAIN is refused", [`AUTH PLAIN ${plain}`, "538|530|50[0234]"], MAIL],
      ["§4 AUTH SCRAM is refused", ["AUTH SCRAM-SHA-256", "538|530|50[0234]"], MAIL],
      ["§4 AUTH= is not offered either", ["MAIL FROM:<> AUTH=<>", "555|50[0134]"], MAIL],
    ],
  );
});

const offered = async (talk: Talk): Promise<readonly string[]> =>
  (await talk.say("EHLO x")).split("\n").map((line) => line.slice(4));

describe("the offer", () => {
  const REST = ["PIPELINING", "8BITMIME", "ENHANCEDSTATUSCODES", "DSN", "CHUNKING", "BINARYMIME", "SMTPUTF8"];
  test("RFC 3207 §4.2, RFC 4954 §4 STARTTLS goes, AUTH comes, the rest stays", async () => {
    const talk = await connect(port(), "");
    const clear = await offered(talk);
    expect(clear).toContain("STARTTLS");
    expect(clear.join("\n")).not.toContain("AUTH");
    await talk.say("STARTTLS");
    await talk.secure();
    const secured = await offered(talk);
    expect(secured).not.toContain("STARTTLS");
    expect(secured.filter((line) => line.startsWith("AUTH "))).toHaveLength(1);
    for (const keyword of REST) expect([clear.includes(keyword), secured.includes(keyword)]).toEqual([true, true]);
  });

  test("RFC 8314 §3 within TLS from the first octet: the greeting comes then, and no STARTTLS", async () => {
    const socket = dial(port(1), "127.0.0.1");
    const talk = new Talk(socket);
    await talk.secure();
    expect(await talk.reply()).toMatch(/^220 mx\.example\.org/);
    expect(await offered(talk)).not.toContain("STARTTLS");
    expect(await talk.say("STARTTLS")).toMatch(/^5/);
    expect(await talk.say("MAIL FROM:<>")).toMatch(/^250/);
  });
});

describe("octets behind STARTTLS in the clear are never executed (RFC 3207 §6, RFC 2920 §3.1)", () => {
  const BEHIND = ["RSET\r\n", "EHLO evil.example\r\nMAIL FROM:<>\r\n", "NO", "QUIT\r\n", "\r\n"];
  test.each(BEHIND)("%j", async (octets) => {
    const socket = dial(port(), "127.0.0.1");
    let heard = "";
    socket.setEncoding("latin1").on("data", (text: string) => (heard += text));
    socket.on("error", () => undefined);
    socket.write(`EHLO x\r\nSTARTTLS\r\n${octets}`);
    const ended = once(socket, "close");
    while (!/220 2\.0\.0|5\d\d /.test(heard.split("STARTTLS").at(-1) ?? "") && !socket.destroyed)
      await Promise.race([once(socket, "data"), ended]);
    const before = heard;
    socket.end("\r\n");
    await ended;
    expect(heard.slice(before.length)).not.toMatch(/^(?:250|221|50\d)/m);
  });
});

describe("SCRAM within TLS (RFC 5802 §6, RFC 9266)", () => {
  const secured = async (): Promise<readonly [Talk, TLSSocket]> => {
    const talk = await connect(port());
    await talk.say("STARTTLS");
    const socket = await talk.secure();
    await talk.say("EHLO x");
    return [talk, socket];
  };
  const exporter = (socket: TLSSocket): Uint8Array =>
    socket.exportKeyingMaterial(32, "EXPORTER-Channel-Binding", Buffer.alloc(0));

  for (const hash of ["sha1", "sha256"] as const) {
    test(`${hash}: without binding`, async () => {
      const [talk] = await secured();
      expect(await scram(talk, { hash })).toMatch(/^235/);
    });

    test(`${hash}: bound by tls-exporter`, async () => {
      const [talk, socket] = await secured();
      const turns = { hash, plus: true, header: "p=tls-exporter,,", binding: exporter(socket) };
      expect(await scram(talk, turns)).toMatch(/^235/);
    });

    test(`${hash}: bound to another channel`, async () => {
      const [, other] = await secured();
      const [talk] = await secured();
      const turns = { hash, plus: true, header: "p=tls-exporter,,", binding: exporter(other) };
      expect(await scram(talk, turns)).toMatch(/^535/);
    });

    test(`${hash}: y where -PLUS was offered is a downgrade`, async () => {
      const [talk] = await secured();
      expect(await scram(talk, { hash, header: "y,," })).toMatch(/^535/);
    });

    test(`${hash}: -PLUS without a binding`, async () => {
      const [talk] = await secured();
      expect(await scram(talk, { hash, plus: true, header: "n,," })).toMatch(/^535|^501/);
    });

    test(`${hash}: a binding that there is not`, async () => {
      const [talk] = await secured();
      expect(await scram(talk, { hash, plus: true, header: "p=tls-xyzzy,," })).toMatch(/^535|^501/);
    });
  }
});

test("RFC 3207 §4.1 a handshake that fails lets nothing through", async () => {
  const talk = await connect(port());
  expect(await talk.say("STARTTLS")).toMatch(/^220/);
  talk.send("MAIL FROM:<>\r\nRCPT TO:<u@b>\r\n");
  expect(await talk.reply()).not.toMatch(/^2/);
});

describe("in a transaction (RFC 3207 §4)", () => {
  table(port, [EHLO, MAIL], [
    ["§4 STARTTLS does not carry the transaction over", ["STARTTLS", "503|220"]],
  ] satisfies readonly Row[]);
});

describe("a line in two channels", () => {
  table(port, SECURE, [
    [
      "§4.2 an end of content within TLS",
      EHLO,
      MAIL,
      RCPT,
      ["DATA", "354"],
      [raw("x\r\n.\r\nQUIT\r\n"), "250", "221"],
      [closed],
    ],
  ]);
});
