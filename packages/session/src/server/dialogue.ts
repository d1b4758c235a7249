/**
 * What is known of the dialogue: the phase, the hello, the transaction, what was offered, what extensions remember.
 * Extensions see it as a `View`. Whoever changes it is the machine; what must be forgotten is forgotten here, in one
 * place (RFC 5321 §4.1.1.5, §4.1.4; RFC 3207 §4.2).
 */
import type { Envelope, Phase, Scope, Tls, View } from "@posthorn/contract";
import { Memory } from "../memory.ts";
import type { ServerTable } from "./server-table.ts";
import type { Tally } from "./tally.ts";

/** A server's knowledge of one dialogue. */
export class Dialogue implements View {
  readonly protocol: "smtp" | "lmtp";
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
  readonly memory: Memory;
  readonly #table: ServerTable;
  readonly #tally: Tally;
  readonly #offered = new Set<string>();

  constructor(protocol: "smtp" | "lmtp", table: ServerTable, tally: Tally, tls: Tls | undefined) {
    this.protocol = protocol;
    this.tls = tls;
    this.memory = new Memory(table.specs);
    this.#table = table;
    this.#tally = tally;
  }

  failures(verb: string): number {
    return this.#tally.failures(verb);
  }

  fact(name: string): unknown {
    const fact = this.#table.facts.get(name);
    return fact?.read(this.memory.states[fact.owner]);
  }

  offered(keyword: string): boolean {
    return this.#offered.has(keyword);
  }

  /** Whether the extension at this place was offered. */
  hasOffered(owner: number): boolean {
    const spec = this.#table.specs[owner];
    return spec !== undefined && this.#offered.has(spec.keyword);
  }

  /** Notes that a keyword stands in the EHLO reply. */
  offer(keyword: string): void {
    this.#offered.add(keyword);
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
      this.#offered.clear();
    }
    this.memory.forget(scope);
  }
}
