/** Random octets never throw, never hang and never grow memory, on either side. */
import { type Composition, NEED_DATA } from "@posthorn/session";
import fc from "fast-check";
import { anyOctets } from "../arbitraries/octets.ts";
import { ClientHost } from "../client-host.ts";
import { broken, type Law, type LawMaker } from "../law.ts";
import { GENEROUS, repliesOf } from "../lockstep.ts";
import { joined, octetsOf } from "../octets.ts";
import { ServerHost } from "../server-host.ts";
import type { Ground } from "../subject.ts";

const STEPS_AN_OCTET = 16;
const STEPS = 100;

const server = (composition: Composition, chunks: readonly Uint8Array[]): void => {
  const host = new ServerHost(composition, { limits: GENEROUS });
  const sent: Uint8Array[] = [...host.take()];
  let octets = 0;
  for (const chunk of chunks) {
    octets += chunk.length;
    host.receive(chunk.slice());
    host.settle();
    sent.push(...host.take());
    if (host.upgrading) host.upgrade();
    if (host.session.buffered > 0) broken(`${host.session.buffered} octets stay behind though nothing is owed`);
  }
  host.receive(null);
  host.settle();
  sent.push(...host.take());
  if (!host.closed) broken("the end of input does not end the session");
  if (host.steps > octets * STEPS_AN_OCTET + STEPS) broken(`${octets} octets took ${host.steps} steps`);
  repliesOf(joined(sent));
};

const client = (composition: Composition, chunks: readonly Uint8Array[]): void => {
  const host = new ClientHost(composition);
  let octets = 0;
  for (const chunk of chunks) {
    octets += chunk.length;
    host.receive(chunk.slice());
    host.settle();
    host.take();
    if (host.upgrading) host.upgrade();
  }
  host.receive(null);
  host.settle();
  if (host.session.next() !== NEED_DATA || !host.closed) broken("the end of input does not end the session");
  if (host.steps > octets * STEPS_AN_OCTET + STEPS) broken(`${octets} octets took ${host.steps} steps`);
};

const line = (text: string): Uint8Array => octetsOf(`${text}\r\n`);

/** The laws of random octets over a ground. */
export const garbageLaws = (ground: Ground, offers: fc.Arbitrary<readonly string[]>, law: LawMaker): readonly Law[] => {
  const verbs = ground.smtp.rows.map(({ verb }) => line(verb.name));
  const heard = fc.oneof(
    anyOctets(),
    fc.constantFrom(line("EHLO x"), line("MAIL FROM:<>"), line("RCPT TO:<a@b>"), ...verbs),
  );
  const answered = fc.oneof(
    anyOctets(),
    fc
      .constantFrom("220 mx", "250-mx", "250 mx", "354 go", "334 ", "421 bye", "235 ok", "500 what", "250-", "2")
      .map(line),
    offers.map((lines) =>
      octetsOf(["250-mx", ...lines.map((text) => `250-${text}`), "250 XSECURE"].map((text) => `${text}\r\n`).join("")),
    ),
  );
  return [
    law("random octets do the server no harm", 60, fc.array(heard, { maxLength: 30 }), (chunks) => {
      server(ground.smtp, chunks);
      server(ground.smtp, [line("EHLO x"), ...chunks]);
      server(ground.lmtp, [line("LHLO x"), ...chunks]);
    }),
    law("random octets do the client no harm", 60, fc.array(answered, { maxLength: 30 }), (chunks) => {
      for (const all of [chunks, [line("220 mx"), ...chunks]]) {
        client(ground.smtp, all);
        client(ground.lmtp, all);
      }
    }),
    law("a line without an end is not kept", 1, fc.constant(100), (times) => {
      const host = new ServerHost(ground.smtp);
      for (let left = times; left > 0; left--) host.receive(new Uint8Array(10_000).fill(120));
      if (host.session.buffered > 0) broken("it is kept");
    }),
  ];
};
