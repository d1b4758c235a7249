/** The octets of a connection, both ways, on whichever socket it has now: counted, written, read or not. */
import type { Socket } from "node:net";
import { awaitDrain } from "./sockets.ts";

/** A connection's socket. */
export class Pipe {
  socket: Socket;
  /** Octets so far, TLS not counted. */
  received = 0;
  sent = 0;
  /** Whether what was written waits to be taken off, so that nothing more should be said. */
  congested = false;
  #paused = false;

  constructor(socket: Socket) {
    this.socket = socket;
  }

  /** Octets that wait to be taken off. */
  get undrained(): number {
    return this.socket.writableLength;
  }

  /** Goes on with TLS over the socket. */
  secure(socket: Socket): void {
    this.socket = socket;
    this.congested = false;
    this.#paused = false;
  }

  /** Writes; nothing comes of it where the peer has gone. */
  write(octets: Uint8Array): void {
    this.sent += octets.length;
    const { socket } = this;
    if (!socket.writable || socket.write(octets)) return;
    this.congested = true;
    awaitDrain(socket);
  }

  /** Reads on, or stops reading. */
  read(wanted: boolean): void {
    if (wanted !== this.#paused) return;
    this.#paused = !wanted;
    if (wanted) this.socket.resume();
    else this.socket.pause();
  }

  /** Closes our side. What still comes is thrown away, until the peer closes too: unread, it would reset the connection. */
  end(): void {
    this.socket.end();
    this.socket.resume();
  }
}
