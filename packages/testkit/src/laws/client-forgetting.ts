/**
 * The client forgets too: what a server offered before an upgrade counts for nothing after it. The server here is a
 * script that offers an extension in the clear and not behind the upgrade, as somebody on the path might have done.
 */
import fc from "fast-check";
import { ClientHost } from "../client-host.ts";
import { broken, type Law, type LawMaker } from "../law.ts";
import { difference } from "../log.ts";
import { joined, octetsOf, textOf } from "../octets.ts";
import { SECURED } from "../server-host.ts";
import type { Ground } from "../subject.ts";
import { type Case, cases } from "./message.ts";

const TURNS = 1000;

/** A server that knows the verbs of RFC 5321 and XSECURE. */
class Script {
  secured: boolean;
  readonly #offers: readonly string[];
  #content = false;

  readonly #old: boolean;

  /** @param old whether behind the upgrade it knows HELO only (RFC 5321 §3.2) */
  constructor(offers: readonly string[], secured: boolean, old: boolean) {
    this.#offers = offers;
    this.#old = old;
    this.secured = secured;
  }

  answer(line: string): string {
    if (this.#content) {
      this.#content = line !== ".";
      return this.#content ? "" : "250 taken\r\n";
    }
    const verb = line.split(" ", 1)[0] ?? "";
    if (verb === "EHLO") return this.#hello();
    if (verb === "XSECURE") return "220 go\r\n";
    if (verb === "QUIT") return "221 bye\r\n";
    this.#content = verb === "DATA";
    if (this.#content) return "354 go\r\n";
    return ["MAIL", "RCPT", "RSET", "HELO"].includes(verb) ? "250 ok\r\n" : "502 what\r\n";
  }

  #hello(): string {
    if (this.secured) return this.#old ? "502 what\r\n" : "250 mx.example.org\r\n";
    return `250-mx.example.org\r\n${this.#offers.map((offer) => `250-${offer}\r\n`).join("")}250 XSECURE\r\n`;
  }
}

const SAID = "secured";

/** Talks with the script; what was told behind the upgrade, or behind the greeting where there is none. */
const talk = (ground: Ground, { delivery }: Case, script: Script): readonly string[] => {
  const host = new ClientHost(ground.smtp, {
    deliveries: [delivery],
    ...(script.secured ? { tls: SECURED } : {}),
  });
  host.receive(octetsOf("220 mx.example.org\r\n"));
  if (!script.secured) host.settle();
  const greeted = script.secured ? 1 : 0;
  for (let turn = 0; turn < TURNS && !host.closed; turn++) {
    if (host.upgrading) {
      script.secured = true;
      host.upgrade();
    }
    const lines = textOf(joined(host.take())).split("\r\n").slice(0, -1);
    if (lines.length === 0 && !host.upgrading) break;
    for (const line of lines) host.receive(octetsOf(script.answer(line)));
  }
  host.receive(null);
  const { log } = host;
  return greeted === 1 ? log.slice(greeted) : log.slice(log.indexOf(SAID) + 1);
};

/** The law of the client's memory; the offers are made of samples. */
export const clientForgettingLaw = (ground: Ground, offers: fc.Arbitrary<readonly string[]>, law: LawMaker): Law =>
  law(
    "a client forgets at an upgrade what was offered in the clear",
    40,
    fc.record({ one: cases(ground), offers, old: fc.boolean() }),
    (given) => {
      const anew = talk(ground, given.one, new Script([], true, given.old));
      const told = talk(ground, given.one, new Script(given.offers, false, given.old));
      const found = difference(anew, told);
      if (found !== undefined)
        broken(`after ${given.offers.join(", ")} in the clear it is not what it would have been: ${found}`);
    },
  );
