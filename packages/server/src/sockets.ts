/**
 * What sockets tell, to whoever holds them. The listeners are a handful of functions for all sockets, which find the
 * holder on the socket itself: closures of each connection's own would be a fifth of the memory of an idle one.
 */
import type { Socket } from "node:net";

/** Who holds a socket. */
export interface Holder {
  /** Octets came. */
  data(chunk: Uint8Array): void;
  /** Octets came that are good during this call only. */
  lent(octets: Uint8Array): void;
  /** The peer has closed its side. */
  end(): void;
  /** What was written has been taken off. */
  drain(): void;
  error(error: Error): void;
  /** The socket is gone. */
  close(): void;
}

const TOLD = new WeakSet<Error>();

/** Whether an error is told for the first time: a TLS socket tells one by two events. */
export const isNews = (error: Error): boolean => {
  if (TOLD.has(error)) return false;
  TOLD.add(error);
  return true;
};

/**
 * Octets of a chunk, or of a piece that was made of one, that is worth being freed by hand. Smaller ones are commands.
 * V8 begins to mark the whole heap when 32 MiB are held outside of it, and small messages that come fast hold them before
 * its young generation is full: without this, in two processes of three, a message of 4 KiB took 12 us where it takes 6.
 */
export const LARGE = 2048;

/**
 * Frees a chunk, or a piece that was made of one, that nobody will read any more. Node reads each into memory of its own,
 * which would wait for a garbage collection; with large messages collecting is a third of all work, and grows with what
 * else a process holds: 17.1 ms of CPU for 20 MiB became 10.6, where a raw server takes 12.8. It is empty from then on;
 * what cannot be let go, as memory of WebAssembly, stays.
 */
export const release = ({ buffer, byteLength }: Uint8Array): void => {
  if (!(buffer instanceof ArrayBuffer) || buffer.byteLength !== byteLength) return;
  try {
    buffer.transfer(0);
  } catch {
    // An extension's mistake at most, and all goes on as if nothing had been given.
  }
};

const HOLDER: unique symbol = Symbol("holder");

type Held = Socket & { [HOLDER]?: Holder };

/** Hands octets to the holder that are good during this call only; they are nobody's where there is no holder. */
export const lend = (socket: Socket, octets: Uint8Array): void => {
  const held: Held = socket;
  held[HOLDER]?.lent(octets);
};

function onData(this: Held, chunk: Uint8Array): void {
  this[HOLDER]?.data(chunk);
}

function onEnd(this: Held): void {
  this[HOLDER]?.end();
}

function onDrain(this: Held): void {
  this[HOLDER]?.drain();
}

function onError(this: Held, error: Error): void {
  this[HOLDER]?.error(error);
}

function onClose(this: Held): void {
  this[HOLDER]?.close();
}

/** Tells the holder of errors and of the end, from now on. */
export const guard = (socket: Socket, holder: Holder): void => {
  const held: Held = socket;
  held[HOLDER] = holder;
  socket.on("error", onError);
  socket.on("close", onClose);
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
