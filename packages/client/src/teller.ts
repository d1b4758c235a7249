/** Tells the observers of one connection what its session tells its host. Makes nothing where nobody listens. */
import type { Extensions } from "@posthorn/contract";
import type { CommandEvent, OutcomeEvent, ReplyEvent } from "@posthorn/session";
import { Listeners, type Told } from "./observe.ts";
import type { Setup } from "./setup.ts";

let connections = 0;

/** What a connection tells. */
export class Teller {
  readonly listeners: Listeners;
  /** A number for each connection of this process, those that did not come about included. */
  readonly connection: string;
  readonly #setup: Setup<Extensions>;

  constructor(setup: Setup<Extensions>) {
    this.connection = String(++connections);
    this.listeners = new Listeners(setup.options.observe, setup.audience);
    this.#setup = setup;
  }

  /** Whether anybody listens: else nothing need be made to tell. */
  get heard(): boolean {
    return this.listeners.any;
  }

  /** Tells one thing. */
  tell(told: Told): void {
    if (this.listeners.any) this.listeners.tell({ connection: this.connection, ...told });
  }

  /** Tells a command or a reply. */
  dialogue(event: CommandEvent | ReplyEvent): void {
    if (!this.listeners.any) return;
    const { composition, mechanism } = this.#setup;
    const secret = composition.row(event.verb)?.verb.secret === true;
    if (event.type === "command") {
      // The mechanism is no secret, and says more than its absence; what follows it is one.
      const raw = secret && event.verb === "AUTH" ? mechanism.current : event.raw;
      this.tell({ type: "command", verb: event.verb, raw, secret });
    } else {
      const { code } = event.reply;
      this.tell({ type: "reply", verb: event.verb, reply: event.reply, secret: secret && code >= 300 && code < 400 });
    }
  }

  /** Tells every verdict, and then how many there are of which. */
  outcome({ verdicts }: OutcomeEvent, recipients: readonly string[], octets: number): void {
    if (!this.listeners.any) return;
    for (const [at, verdict] of verdicts.entries())
      this.tell({ type: "verdict", recipient: recipients[at] ?? "", verdict });
    const accepted = verdicts.filter(({ kind }) => kind === "accepted").length;
    this.tell({ type: "outcome", accepted, recipients: recipients.length, octets });
  }
}
