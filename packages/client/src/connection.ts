/**
 * A connection as its caller sees it: what the server offers, messages and conversations one after the other, and an
 * end.
 */
import type { Socket } from "node:net";
import type { CapabilitiesOf, ClientOp, Extensions, ReceivedReply, Reply, Talk, Tls } from "@posthorn/contract";
import { command, LocalProtocolError } from "@posthorn/contract";
import type { Offer, Plan } from "@posthorn/session";
import type { Channel, SendOptions } from "./channel.ts";
import type { ClientError } from "./errors.ts";
import { type Mail, prepareMail } from "./mail.ts";
import type { Listener } from "./observe.ts";
import type { StandardExtensions } from "./options.ts";
import type { Outcome } from "./outcome.ts";

/** A connection that is ready for messages. `connect` makes it. */
export class Connection<X extends Extensions = StandardExtensions> {
  readonly #channel: Channel<X>;

  /** For `connect`, which has the channel. */
  constructor(channel: Channel<X>) {
    this.#channel = channel;
  }

  /** A number for each connection of this process. */
  get id(): string {
    return this.#channel.teller.connection;
  }

  /** What the server offers of the composed extensions. */
  // oxlint-disable-next-line typescript/no-generated-empty-object-type -- of no extensions there are no capabilities
  get capabilities(): CapabilitiesOf<X> {
    return this.#channel.session.capabilities;
  }

  /** Everything that the server offers, by keyword. */
  get offer(): Offer {
    return this.#channel.session.offer;
  }

  /** The TLS layer, where there is one. */
  get tls(): Tls | undefined {
    return this.#channel.session.tls;
  }

  /** The reply that the server greeted with. */
  get greeting(): ReceivedReply | undefined {
    return this.#channel.session.greeting;
  }

  /** The reply to EHLO, HELO or LHLO. */
  get helloReply(): ReceivedReply | undefined {
    return this.#channel.session.helloReply;
  }

  /** The hello that is in force: its verb, and who this client said it is. */
  get hello(): { readonly verb: string; readonly domain: string } | undefined {
    return this.#channel.session.hello;
  }

  /** The SASL mechanism by which this client authenticated itself. */
  get mechanism(): string | undefined {
    return this.#channel.setup.mechanism.current;
  }

  /**
   * The socket, for what only it can tell: addresses, and the certificate, by `getPeerX509Certificate()`, which tells it of
   * a resumed session too. Writing to it or closing it breaks the connection.
   */
  get socket(): Socket {
    return this.#channel.driver.socket;
  }

  /** Whether a message can be sent now. */
  get usable(): boolean {
    return this.#channel.usable;
  }

  /** Why the connection is over, where it ended otherwise than by `quit`. */
  get failure(): ClientError | undefined {
    return this.#channel.failure;
  }

  /** Resolves when the connection is over, however it ended. */
  get closed(): Promise<void> {
    return this.#channel.closed;
  }

  /** Calls the listener for all that happens from now on; what is returned takes it away. */
  observe(listener: Listener): () => void {
    return this.#channel.teller.listeners.add(listener);
  }

  /**
   * What would be sent for this message, changed or refused, and why. Sends nothing. Content that can be opened once is not opened.
   * @throws what `send` throws.
   */
  async plan(mail: Mail<X>): Promise<Plan<X>> {
    return this.#channel.plan(await prepareMail(mail));
  }

  /**
   * Sends a message. What the server says of it, and what cuts it short, is in the outcome; nothing that a server does
   * makes this throw. One message at a time.
   * @throws LocalProtocolError where an address is none, or the connection is busy; ClientError where the content
   * cannot be read, or the connection is over already.
   */
  send(mail: Mail<X>, options: SendOptions = {}): Promise<Outcome<X>> {
    try {
      const prepared = prepareMail(mail);
      // What is in memory is ready, and waits for no turn of its own; nor is there a promise around the channel's.
      if (!(prepared instanceof Promise)) return this.#channel.send(prepared, options);
      return prepared.then((ready) => this.#channel.send(ready, options));
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /**
   * Performs a conversation, such as a verb of an extension. Its result is the generator's.
   * @throws what the generator throws; LocalProtocolError `busy`; ClientError where the connection is over.
   */
  run<R>(talk: () => Talk<ClientOp, R>): Promise<R> {
    return this.#channel.run(talk);
  }

  /** Says NOOP (RFC 5321 §4.1.1.9). */
  noop(): Promise<Reply> {
    return this.#say("NOOP");
  }

  /** Says RSET (RFC 5321 §4.1.1.5). */
  reset(): Promise<Reply> {
    return this.#say("RSET");
  }

  /** Says QUIT behind what is under way, and waits until the connection is over. Never fails. */
  quit(): Promise<void> {
    return this.#channel.quit();
  }

  /** Closes at once: what has not left is never sent. */
  destroy(): void {
    this.#channel.destroy();
  }

  /** Whether the connection keeps the process alive while nothing is under way. It does until told otherwise. */
  keepAlive(keep: boolean): void {
    this.#channel.driver.keepAlive(keep);
  }

  #say(verb: "NOOP" | "RSET"): Promise<Reply> {
    const row = this.#channel.setup.composition.row(verb)?.verb;
    if (row === undefined) throw new LocalProtocolError("unknown-verb", `the composition has no verb ${verb}`);
    return this.run(() => command(row, verb === "RSET" ? null : undefined));
  }
}
