/**
 * What is known of the dialogue: the phase, the hello, the transaction, what was offered, what extensions remember.
 * Extensions see it as a `View`. Whoever changes it is the machine; what must be forgotten is forgotten here, in one
 * place (RFC 5321 §4.1.1.5, §4.1.4; RFC 3207 §4.2). An idle session is mostly this object, so what few need is made
 * when it is needed, and what all have in common is shared.
 */
import type { Envelope, Phase, Scope, Tls, View } from "@posthorn/contract";
import { Memory } from "../memory.ts";
import type { Offers } from "./offers.ts";
import type { Setting } from "./setting.ts";
import { Tally } from "./tally.ts";

/** A server's knowledge of one dialogue, and its counters. */
export class Dialogue extends Tally implements View {
  readonly setting: Setting;
  phase: Phase = "connected";
  tls: Tls | undefined;
  utf8 = false;
  hello: { readonly verb: string; readonly domain: string } | undefined = undefined;
  mail: Envelope | undefined = undefined;
  recipients = 0;
  octets = 0;
  transactions = 0;
  /** RCPTs beyond the limit, in this transaction. */
  over = 0;
  /** What stands in the EHLO reply that is in force. */
  offers: Offers;
  #memory: Memory | undefined = undefined;

  constructor(setting: Setting, tls: Tls | undefined) {
    super();
    this.setting = setting;
    this.tls = tls;
    this.offers = setting.table.none;
  }

  get protocol(): "smtp" | "lmtp" {
    return this.setting.composition.protocol;
  }

  get tally(): Tally {
    return this;
  }

  /** What extensions remember. */
  get memory(): Memory {
    this.#memory ??= new Memory(this.setting.table.specs);
    return this.#memory;
  }

  /** What the extension at a place remembers. */
  state(owner: number): unknown {
    return this.setting.table.remembers ? this.memory.states[owner] : undefined;
  }

  fact(name: string): unknown {
    const fact = this.setting.table.facts.get(name);
    return fact?.read(this.state(fact.owner));
  }

  offered(keyword: string): boolean {
    return this.offers.keywords.includes(keyword);
  }

  /** Forgets what does not outlive the scope. */
  forget(scope: Scope): void {
    this.utf8 = false;
    this.mail = undefined;
    this.recipients = 0;
    this.octets = 0;
    this.over = 0;
    if (scope !== "transaction") {
      this.hello = undefined;
      this.offers = this.setting.table.none;
    }
    this.#memory?.forget(scope);
  }
}
