/**
 * What comes on a connection. It is worked off at once; or, where many send in one turn of the loop, at the end of the turn
 * (`turn.ts`), so that reading is done for all before the work is. A connection waits with one chunk at most: what comes
 * behind it in the same turn has the first worked off. A large chunk does not wait: its octets would be in no cache then.
 */
import type { Socket } from "node:net";
import type { Extensions } from "@posthorn/contract";
import type { Driver } from "./driver.ts";
import { HANDSHAKING, TURNING } from "./flags.ts";
import { Pipe } from "./pipe.ts";
import type { Shared } from "./shared.ts";
import { LARGE, release } from "./sockets.ts";
import type { Turned } from "./turn.ts";

/** Octets of a chunk that is worked off at once, whoever else sends. */
const BULK = 32_768;

/** The octets that come on a connection. */
export abstract class Arrivals<X extends Extensions> extends Pipe implements Turned {
  protected readonly shared: Shared<X>;
  /** Who reads them, from the greeting on. */
  protected driver: Driver<X> | undefined = undefined;
  /** What waits for the end of the turn. */
  #came: Uint8Array | undefined = undefined;

  constructor(socket: Socket, now: number, shared: Shared<X>) {
    super(socket, now);
    this.shared = shared;
  }

  /** Works off what came. */
  protected abstract receive(chunk: Uint8Array): void;

  /** The turn is over. Does not throw. */
  abstract turned(): void;

  /** Octets came. */
  data(chunk: Uint8Array): void {
    this.catchUp();
    if (this.is(HANDSHAKING)) return; // behind STARTTLS, in the clear: nobody's (RFC 3207 §4.2)
    const { nextTurn } = this.shared;
    if (!nextTurn.many || chunk.length > BULK || this.driver?.waiting === true) {
      this.#hear(chunk);
      return;
    }
    nextTurn.came();
    this.#came = chunk;
    if (this.is(TURNING)) return;
    this.mark(TURNING);
    nextTurn.add(this);
  }

  /** Octets came that are good during this call only: they cannot wait. */
  lent(octets: Uint8Array): void {
    this.receive(this.driver?.lend(true) === true ? octets : Buffer.from(octets));
    this.driver?.takeBack(Infinity);
  }

  catchUp(): boolean {
    const chunk = this.#came;
    this.#came = undefined;
    if (chunk !== undefined) this.#hear(chunk);
    return this.driver?.waiting === true;
  }

  #hear(chunk: Uint8Array): void {
    const lent = chunk.length >= LARGE && this.driver?.lend(false) === true;
    this.receive(chunk);
    if (lent && this.driver?.takeBack(chunk.length / 2) === true) release(chunk);
  }
}
