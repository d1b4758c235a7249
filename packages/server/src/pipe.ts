/** The octets of a connection, both ways, on whichever socket it has now: counted, written, read or not. */
import type { Socket } from "node:net";
import { CONGESTED, PAUSED } from "./flags.ts";
import { awaitDrain } from "./sockets.ts";
import { Times } from "./times.ts";

/** A connection's socket, and its times. */
export class Pipe extends Times {
  /** Octets so far, TLS not counted. */
  received = 0;
  sent = 0;
  socket: Socket;

  constructor(socket: Socket, now: number) {
    super(now);
    this.socket = socket;
  }

  /** Octets that wait to be taken off. */
  get undrained(): number {
    return this.socket.writableLength;
  }

  /** Goes on with TLS over the socket. */
  replace(socket: Socket): void {
    this.socket = socket;
    this.unmark(CONGESTED | PAUSED);
  }

  /** Writes text in UTF-8; nothing comes of it where the peer has gone. */
  send(text: string): void {
    this.sent += Buffer.byteLength(text);
    const { socket } = this;
    if (!socket.writable || socket.write(text)) return;
    this.mark(CONGESTED);
    awaitDrain(socket);
  }

  /** Reads on, or stops reading. */
  reads(wanted: boolean): void {
    if (wanted !== this.is(PAUSED)) return;
    if (wanted) {
      this.unmark(PAUSED);
      this.socket.resume();
    } else {
      this.mark(PAUSED);
      this.socket.pause();
    }
  }

  /** Closes our side. What still comes is thrown away, until the peer closes too: unread, it would reset the connection. */
  hangUp(): void {
    this.socket.end();
    this.socket.resume();
  }
}
