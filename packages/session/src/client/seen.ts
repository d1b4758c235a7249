/** What can be read of a client's session: the link, without its setters. */
import type { Envelope, Phase, ReceivedReply, Tls, View } from "@posthorn/contract";
import type { Link } from "./link.ts";
import type { Offer } from "./offer.ts";

/** A session, for reading. */
export class Seen implements View {
  readonly #link: Link;

  constructor(link: Link) {
    this.#link = link;
  }

  /** The greeting (RFC 5321 §3.1). */
  get greeting(): ReceivedReply | undefined {
    return this.#link.greeting;
  }

  /** The reply to the hello that was accepted last. */
  get helloReply(): ReceivedReply | undefined {
    return this.#link.helloReply;
  }

  /** Everything that the EHLO reply in force offers: every keyword, known or not, with what follows it. */
  get offer(): Offer {
    return this.#link.offer;
  }

  /** SMTP, or LMTP (RFC 2033). */
  get protocol(): "smtp" | "lmtp" {
    return this.#link.protocol;
  }

  /** Where the dialogue is, as far as replies have told. */
  get phase(): Phase {
    return this.#link.phase;
  }

  /** The TLS layer, once there is one. */
  get tls(): Tls | undefined {
    return this.#link.tls;
  }

  /** Whether the transaction's MAIL widened the grammar to UTF-8. */
  get utf8(): boolean {
    return this.#link.utf8;
  }

  /** The hello that is in force. */
  get hello(): View["hello"] {
    return this.#link.hello;
  }

  /** The transaction, once MAIL was accepted. */
  get mail(): Envelope | undefined {
    return this.#link.mail;
  }

  /** Recipients accepted in this transaction. */
  get recipients(): number {
    return this.#link.recipients;
  }

  /** Octets of content written in this transaction. */
  get octets(): number {
    return this.#link.octets;
  }

  /** Transactions begun on this connection. */
  get transactions(): number {
    return this.#link.transactions;
  }

  /** How often a verb was answered 4yz or 5yz on this connection. */
  failures(verb: string): number {
    return this.#link.failures(verb);
  }

  /** Always `undefined`: on the client nobody publishes facts. */
  fact(_name: string): unknown {
    return this.#link.fact();
  }

  /** Whether a keyword, in upper case, stands in the EHLO reply that is in force. */
  offered(keyword: string): boolean {
    return this.#link.offered(keyword);
  }
}
