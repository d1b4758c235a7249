// What a transcript must show, and that its absence is noticed.
import { expect, test } from "vitest";
import { missing } from "../src/send.ts";
import { look, type Spoken, spoken } from "../src/transcript.ts";

const session = `
* connecting to 127.0.0.1 port 2525
S: 220 mail.demo.example ESMTP
C: EHLO client.demo.example
S: 250-mail.demo.example
S: 250 STARTTLS
C: STARTTLS
S: 220 2.0.0 Ready to start TLS
* TLS: TLSv1.3
C: EHLO client.demo.example
S: 250 AUTH SCRAM-SHA-256
C: AUTH SCRAM-SHA-256 ****
S: 334 ****
C: ****
S: 235 2.7.0 Authentication successful
C: MAIL FROM:<ada@demo.example> BODY=8BITMIME SIZE=245
C: RCPT TO:<bob@demo.example>
C: DATA
S: 250 2.1.0 Sender OK
S: 250 2.1.5 Recipient OK
S: 354 Start mail input
C: <245 octets of content>
S: 250 2.0.0 OK
`;
const sample = { by: "DATA", parameter: "BODY=8BITMIME" } as const;

const wanting = (text: string): string[] => {
  const lines = text.split("\n").map(spoken);
  return missing({ seen: look(lines.filter((line): line is Spoken => line !== undefined)) }, sample);
};

test("a session that has everything wants nothing", () => {
  expect(wanting(session)).toEqual([]);
  expect(wanting(session.replaceAll(/^C:.*$/gm, "\u001B[36m$&\u001B[0m"))).toEqual([]);
});

test("each thing that is not there is named", () => {
  expect(wanting(session.replace("S: 220 2.0.0", "S: 454 4.7.0"))).toContain("no STARTTLS");
  expect(wanting(session.replace("S: 235", "S: 535"))).toEqual(["no AUTH SCRAM-SHA-256"]);
  expect(wanting(session.replaceAll("SCRAM-SHA-256", "PLAIN"))).toEqual(["no AUTH SCRAM-SHA-256"]);
  const lockstep = session.replace("C: RCPT", "S: 250 OK\nC: RCPT").replace("C: DATA", "S: 250 OK\nC: DATA");
  expect(wanting(lockstep)).toEqual(["no pipelining"]);
  expect(wanting(session.replace("C: DATA", "C: BDAT 245 LAST"))).toContain("no DATA");
  expect(wanting(session.replace(" BODY=8BITMIME", ""))).toEqual(["no BODY=8BITMIME"]);
});
