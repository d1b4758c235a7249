/**
 * What sockets tell, to whoever holds them. The listeners are a handful of functions for all sockets, which find the
 * holder on the socket itself: closures of each connection's own would be a fifth of the memory of an idle one.
 */
import type { Socket } from "node:net";

/** Who holds a socket. */
export interface Holder {
  /** Octets came. */
  data(chunk: Uint8Array): void;
  /** The peer has closed its side. */
  end(): void;
  /** What was written has been taken off. */
  drain(): void;
  error(error: Error): void;
  /** The socket is gone. */
  close(): void;
}

const HOLDER: unique symbol = Symbol("holder");

type Held = Socket & { readonly [HOLDER]: Holder };

function onData(this: Held, chunk: Uint8Array): void {
  this[HOLDER].data(chunk);
}

function onEnd(this: Held): void {
  this[HOLDER].end();
}

function onDrain(this: Held): void {
  this[HOLDER].drain();
}

function onError(this: Held, error: Error): void {
  this[HOLDER].error(error);
}

function onClose(this: Held): void {
  this[HOLDER].close();
}

/** Tells the holder of errors and of the end, from now on. */
export const guard = (socket: Socket, holder: Holder): void => {
  const held: Held = Object.assign(socket, { [HOLDER]: holder });
  held.on("error", onError);
  held.on("close", onClose);
};

/** Begins to read a socket that is guarded. */
export const read = (socket: Socket): void => {
  socket.on("end", onEnd);
  socket.on("data", onData);
};

/** Tells the holder, once, when what was written to a guarded socket has been taken off. */
export const awaitDrain = (socket: Socket): void => {
  socket.once("drain", onDrain);
};

/** Stops reading a socket whose next octets are the handshake's: what is still in it goes there. */
export const stopReading = (socket: Socket): void => {
  socket.pause();
  for (const event of ["data", "end", "drain"]) socket.removeAllListeners(event);
};
