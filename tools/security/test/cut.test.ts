/**
 * A17: clients that leave, by FIN and by RST, at any octet of any dialogue, in the clear and inside TLS, while a login or
 * a delivery is under way. posthornd goes on, tells the end of every session, and leaves no file and no socket.
 */
import { writeFileSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { join } from "node:path";
import * as tls from "node:tls";
import { beforeAll, expect, test } from "vitest";
import { filesIn, launch, newFolder, RUNS, serve, type Server } from "./program.ts";
import { deliver, dial } from "./raw.ts";

const PLAIN = Buffer.from("\0tim\0tanstaaf").toString("base64");
const WRONG = Buffer.from("\0tim\0guess").toString("base64");
const TO = "MAIL FROM:<a@x.example>\r\nRCPT TO:<u@example.org>\r\n";

/** Where a dialogue is held, what is said, and how far apart the places are where it is cut. */
const DIALOGUES: readonly (readonly ["smtp" | "tls" | "lmtp", string])[] = [
  ["smtp", `EHLO x.example\r\n${TO}DATA\r\nSubject: x\r\n\r\n..\r\n`],
  ["smtp", `EHLO x.example\r\n${TO}BDAT 5\r\nabcdeBDAT 9 LAST\r\nfgh`],
  [
    "smtp",
    `EHLO x.example\r\nMAIL FROM:<\xc3\xbc@x.example> SMTPUTF8 BODY=8BITMIME RET=HDRS\r\nRCPT TO:<u@example.org> NOTIFY=NEVER\r\nDATA\r\n`,
  ],
  ["smtp", "EHLO x.example\r\nSTARTTLS\r\n\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03xxxxxxxxxxxxxxxxxxxxxxxx"],
  ["lmtp", `LHLO x.example\r\n${TO}RCPT TO:<v@example.org>\r\nDATA\r\nx\r\n`],
  ["tls", `EHLO x.example\r\nAUTH PLAIN ${PLAIN}\r\n${TO}DATA\r\nx\r\n`],
  ["tls", `EHLO x.example\r\nAUTH PLAIN\r\n${WRONG}\r\nAUTH LOGIN\r\ndGlt\r\nZ3Vlc3M=\r\n`],
  ["tls", "EHLO x.example\r\nAUTH SCRAM-SHA-256 biwsbj10aW0scj14eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHg=\r\nYz1iaXdz\r\n*\r\n"],
];

let server: Server;
const maildir = newFolder();
beforeAll(async () => {
  const { out } = await launch("server", ["hash"], { input: "tanstaaf\n" }).ended;
  const users = join(newFolder(), "users");
  writeFileSync(users, `tim:${out}`);
  const listeners = ["--listen", "--listen-tls", "--listen-lmtp"].flatMap((name) => [name, "127.0.0.1:0"]);
  server = await serve([...listeners, "--maildir", maildir, "--users", users]);
});

/** Says the beginning of a dialogue, and leaves: by FIN, by RST, or by a close while octets may be unread. */
const leave = async (kind: "smtp" | "tls" | "lmtp", said: string, how: number): Promise<void> => {
  const port = server.ports[["smtp", "tls", "lmtp"].indexOf(kind)] ?? 0;
  const below = connect({ port, host: "127.0.0.1" });
  const socket: Socket = kind === "tls" ? tls.connect({ socket: below, rejectUnauthorized: false }) : below;
  const closed = new Promise<void>((resolve) => below.on("close", () => resolve()));
  below.on("error", () => undefined);
  socket.on("error", () => undefined).resume();
  socket.on(kind === "tls" ? "secureConnect" : "connect", () => {
    socket.write(Buffer.from(said, "latin1"), () => {
      if (how % 3 === 0) socket.end();
      else if (how % 3 === 1) setTimeout(() => below.resetAndDestroy(), how % 7);
      else setTimeout(() => below.destroy(), how % 5);
    });
  });
  await closed;
};

test("at any octet of any dialogue (A17)", async () => {
  let opened = 0;
  for (const [kind, dialogue] of DIALOGUES) {
    const places: number[] = [];
    const step = RUNS > 1 ? 1 : kind === "tls" ? 8 : 4;
    for (let at = 0; at <= dialogue.length; at += step) places.push(at);
    for (let at = 0; at < places.length; at += 12) {
      const some = places.slice(at, at + 12);
      opened += some.length;
      await Promise.all(some.map((place) => leave(kind, dialogue.slice(0, place), place)));
    }
    expect(server.child.exitCode, dialogue).toBeNull();
  }
  const last = await dial(server.port);
  expect(await deliver(last)).toMatch(/^250/);
  last.socket.destroy();
  expect((await server.stop()).status).toBe(0);
  const records = server.records();
  const count = (event: string): number => records.filter((record) => record["event"] === event).length;
  expect(count("connection")).toBeGreaterThan(opened / 2); // one that is reset at once may never be taken up
  expect(count("closed")).toBe(count("connection"));
  expect(records.filter(({ event, where }) => event === "error" && where !== "socket")).toEqual([]);
  expect(server.err()).not.toMatch(/uncaught|unhandled|LocalProtocolError|TypeError/i);
  expect(filesIn(maildir)).toHaveLength(1);
});
