/**
 * Connections that are one too many: told 421 and closed, and let go a second later whatever they do (security: A12).
 * Where very many come at once they are let go without a word, so that refusing costs less than serving.
 */
import type { Socket } from "node:net";

/** How many are told. */
const MOST = 256;

const TOO_MANY: Uint8Array = new TextEncoder().encode("421 4.3.2 Too many connections, try again later\r\n");

/** The refused of a server. */
export class Refusals {
  #fresh = new Set<Socket>();
  #old = new Set<Socket>();

  /** Refuses one; `plain`: a word in the clear makes sense to it. */
  refuse(socket: Socket, plain: boolean): void {
    socket.on("error", () => undefined);
    if (!plain || this.#fresh.size + this.#old.size >= MOST) {
      socket.destroy();
      return;
    }
    this.#fresh.add(socket);
    socket.on("close", () => {
      this.#fresh.delete(socket);
      this.#old.delete(socket);
    });
    socket.resume(); // octets that nobody reads would make the good-bye a reset
    socket.end(TOO_MANY);
  }

  /** Lets those go that were refused before the last sweep. */
  sweep(): void {
    for (const socket of this.#old) socket.destroy();
    this.#old = this.#fresh;
    this.#fresh = new Set();
  }

  /** Lets all go. */
  clear(): void {
    for (const socket of [...this.#fresh, ...this.#old]) socket.destroy();
  }
}
