// Phases as an observer reckons them, against what the client's own machine says after each reply: any server, any
// order of refusals, with STARTTLS, chunks and groups.
import type { Message } from "@posthorn/contract";
import { eightBitMime } from "@posthorn/ext-8bitmime";
import { binarymime, chunking } from "@posthorn/ext-chunking";
import { pipelining } from "@posthorn/ext-pipelining";
import { startTls } from "@posthorn/ext-starttls";
import { ClientSession, compose, NEED_DATA } from "@posthorn/session";
import * as fc from "fast-check";
import { Subject } from "rxjs";
import { describe, expect, test } from "vitest";
import { phases } from "../src/index.ts";
import type { Event } from "./fixtures.ts";

const numRuns = 300 * Number(process.env["POSTHORN_RUNS"] ?? 1);
const smtp = compose([pipelining(), eightBitMime(), chunking(), binarymime(), startTls()]);
const encoder = new TextEncoder();

const path = (local: string): { local: string; domain: string } => ({ local, domain: "x.example" });
const message = (octets: "7bit" | "binary"): Message => ({
  from: path("from"),
  to: [{ path: path("a") }, { path: path("b") }],
  facts: { octets },
});

const code = fc.oneof(
  { weight: 6, arbitrary: fc.constant("yes") },
  { weight: 2, arbitrary: fc.constantFrom("450", "550", "250", "354") },
  { weight: 1, arbitrary: fc.constantFrom("421", "503") },
);

/** A reply to a command line: what is usual, or what was drawn. */
const answer = (line: string, drawn: string): string => {
  if (drawn !== "yes") return `${drawn} as drawn\r\n`;
  if (line.startsWith("EHLO"))
    return "250-x\r\n250-PIPELINING\r\n250-8BITMIME\r\n250-CHUNKING\r\n250-BINARYMIME\r\n250 STARTTLS\r\n";
  if (line.startsWith("STARTTLS")) return "220 go\r\n";
  if (line.startsWith("DATA")) return "354 go\r\n";
  return line.startsWith("QUIT") ? "221 bye\r\n" : "250 ok\r\n";
};

describe("phases of a client", () => {
  test("are those of its machine, whenever it waits, whatever the server says", () => {
    const met = new Set<string>();
    fc.assert(
      fc.property(
        fc.array(code, { minLength: 1, maxLength: 40 }),
        fc.array(fc.constantFrom("7bit", "binary"), { maxLength: 3 }),
        fc.boolean(),
        fc.oneof({ weight: 9, arbitrary: fc.constant("yes") }, { weight: 1, arbitrary: fc.constantFrom("421", "554") }),
        (drawn, kinds, opportune, opening) => {
          const events = new Subject<Event>();
          let reckoned = "";
          phases(events, smtp).subscribe(({ phase }) => {
            reckoned = phase;
          });
          const session = new ClientSession(smtp, {
            name: "c.example",
            observe: true,
            chunk: 1000,
            ...(opportune ? {} : { tls: { version: "TLSv1.3" } }),
          });
          const messages = kinds.map(message);
          let at = 0;
          let carried = false;
          const answers = [opening === "yes" ? "220 x\r\n" : `${opening} x\r\n`];
          for (let turn = 0; turn < 100 && answers.length > 0; turn += 1) {
            session.receive(encoder.encode(answers.shift()));
            for (let event = session.next(); event !== NEED_DATA; event = session.next()) {
              if (event.type === "upgrade") session.upgraded({ version: "TLSv1.3" });
              if (event.type === "content") {
                session.write(encoder.encode("content\r\n".repeat(300)));
                session.end();
                carried = true;
              }
              if (event.type === "ready" || (event.type === "outcome" && event.usable)) {
                const next = messages.shift();
                if (next === undefined) session.quit();
                else session.send(session.plan(next));
              }
              if (event.type !== "ask") events.next({ ...event, connection: "7" });
            }
            expect(reckoned).toBe(session.phase);
            met.add(reckoned);
            const sent = new TextDecoder().decode(session.take());
            for (const line of sent.match(/(?:EHLO|STARTTLS|MAIL|RCPT|DATA|RSET|BDAT|QUIT)[^\r]*\r\n/g) ?? [])
              answers.push(answer(line, drawn[at++ % drawn.length] ?? "yes"));
            if (carried && sent.includes("\r\n.\r\n")) answers.push(answer("", drawn[at++ % drawn.length] ?? "yes"));
          }
        },
      ),
      { numRuns },
    );
    expect([...met].toSorted()).toEqual([
      "CHUNKING:failed",
      "CHUNKING:open",
      "closing",
      "connected",
      "mail",
      "rcpt",
      "ready",
      "refused",
    ]);
  });

  test("are reckoned from where the listener came in", () => {
    const events = new Subject<Event>();
    const told: string[] = [];
    phases(events).subscribe(({ phase }) => told.push(phase));
    const came = (verb: string, reply: number): void =>
      events.next({ type: "reply", connection: "7", verb, reply: { code: reply, lines: [] } });
    came("MAIL", 250);
    came("RCPT", 550);
    came("RCPT", 250);
    came("DATA", 354);
    came("DATA", 250);
    came("QUIT", 221);
    events.next({ type: "closed", connection: "7" });
    expect(told).toEqual(["mail", "rcpt", "ready", "closing"]);
    // What closed is forgotten: the same name again is another session.
    came("", 220);
    expect(told.at(-1)).toBe("connected");
  });
});
