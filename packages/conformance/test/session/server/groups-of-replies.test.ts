/**
 * What is said to a group of commands is kept for the next group that is answered alike, by all sessions of a composition.
 * However much was said before, and to whomever, the text must be that of the replies, one behind the other.
 */
import { type Reply, reply } from "@posthorn/contract";
import { standardServer } from "@posthorn/esmtp";
import { compose, ServerSession } from "@posthorn/session";
import fc from "fast-check";
import { expect, test } from "vitest";
import { Group } from "../../../../session/src/server/groups.ts";

const RUNS = Number(process.env["POSTHORN_RUNS"] ?? 1);
const make = (): ReturnType<typeof compose> => compose(standardServer({ maxSize: 1_000_000 }));
const shared = make();

const LINES = [
  "EHLO c.example",
  "EHLO known",
  "HELO c.example",
  "MAIL FROM:<a@b>",
  "RCPT TO:<a@b>",
  "RCPT TO:<known@b>",
  "RCPT TO:<new@b>",
  "RCPT TO:<long@b>",
  "DATA",
  ".",
  "RSET",
  "NOOP",
  "WHAT",
];
const KNOWN = reply(550, "5.1.1", "Nobody of that name");
const LONG = reply(250, "2.1.5", ...Array.from({ length: 10 }, () => "x".repeat(400)));

const answerTo = (local: string): Reply | undefined => {
  if (local === "known") return KNOWN;
  if (local === "long") return LONG;
  return local === "new" ? reply(250, "2.1.5", "Ok") : undefined;
};

/** What is said, each time that it is taken. */
const said = (composition: ReturnType<typeof compose>, chunks: readonly string[]): readonly string[] => {
  const session = new ServerSession(composition, { hostname: "mx.example.org" });
  const all: string[] = [];
  for (const chunk of ["", ...chunks]) {
    session.receive(Buffer.from(chunk));
    for (let event = session.next(); typeof event === "object"; event = session.next()) {
      const name = event.type === "recipient" ? event.path.local : event.type === "hello" ? event.domain.text : "";
      const answer = answerTo(name);
      if (event.type === "upgrade") continue;
      if (answer !== undefined) session.reply(answer);
      else if ("proposed" in event) session.accept();
    }
    all.push(session.takeText() ?? "");
    expect([session.unsent, session.takeText()]).toEqual([false, undefined]);
    if (session.pending === "upgrade") session.upgraded({ version: "TLSv1.3", cipher: "TLS_AES_128_GCM_SHA256" });
  }
  return all;
};

test("groups are answered as their commands are, one by one, by a composition that has said nothing", () => {
  const group = fc
    .array(fc.constantFrom(...LINES), { maxLength: 12 })
    .map((lines) => lines.map((line) => `${line}\r\n`));
  fc.assert(
    fc.property(fc.array(group, { maxLength: 4 }), (groups) => {
      const whole = said(
        shared,
        groups.map((lines) => lines.join("")),
      );
      expect(whole.join("")).toBe(said(make(), groups.flat()).join(""));
    }),
    { numRuns: 400 * RUNS },
  );
});

test("the same group gives the same text again", () => {
  const transaction = "MAIL FROM:<a@b>\r\nRCPT TO:<a@b>\r\nRCPT TO:<known@b>\r\nDATA\r\n";
  const again = said(shared, ["EHLO c.example\r\n", ...Array.from({ length: 4 }, () => [transaction, ".\r\n"]).flat()]);
  expect(new Set(again.slice(2))).toEqual(
    new Set([
      "250 2.1.0 Sender OK\r\n250 2.1.5 Recipient OK\r\n550 5.1.1 Nobody of that name\r\n354 Start mail input; end with <CRLF>.<CRLF>\r\n",
      "250 2.0.0 Message accepted\r\n",
    ]),
  );
});

test("what is said behind STARTTLS is amended by nobody", () => {
  const noops = "NOOP\r\nRSET\r\nNOOP\r\n";
  const chunks = ["EHLO c.example\r\n", noops, noops, noops, "STARTTLS\r\n", noops];
  expect(said(shared, chunks).at(-1)).toBe("250 OK\r\n250 Reset\r\n250 OK\r\n");
});

test("the groups that are kept are few, and short", () => {
  const empty = new Group();
  const replies = Array.from({ length: 300 }, (_, n) => reply(250, "2.0.0", `${n}`));
  const kept = (): number => replies.filter((one) => empty.after(one) !== undefined).length;
  let most = 0;
  for (const one of replies) {
    expect(empty.grow(one, `${one.lines[0]}\r\n`)?.text).toBe(`${one.lines[0]}\r\n`);
    expect(empty.after(one)?.root).toBe(empty);
    most = Math.max(most, kept());
  }
  expect([most, kept()]).toEqual([256, 300 - 256]);
  let group: Group | undefined = new Group();
  let longest = 0;
  for (const one of replies) {
    longest = Math.max(longest, group?.text.length ?? 0);
    group = group?.grow(one, "x".repeat(40));
  }
  expect([longest, group]).toEqual([4080, undefined]);
});
