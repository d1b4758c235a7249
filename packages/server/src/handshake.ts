/** A TLS handshake on a socket that was plain, and what comes of it. */
import type { Socket } from "node:net";
import type { TLSSocket } from "node:tls";
import type { Tls } from "@posthorn/contract";
import type { Terminator } from "./tls.ts";

/** Events of a stream that was in use in the clear. */
const IN_USE: readonly string[] = ["data", "end", "drain"];

/** Stops reading a socket whose next octets are the handshake's: what is still in it goes there. */
export const stopReading = (socket: Socket): void => {
  socket.pause();
  for (const event of IN_USE) socket.removeAllListeners(event);
};

/** What comes of a handshake; `close` of the socket says that nothing did. */
export interface Outcome {
  secure(tls: Tls): void;
  /** The client has no certificate, and must. */
  refused(): void;
  failed(error: Error): void;
}

/** Begins a handshake; from here on the socket that is returned is the connection's. */
export const handshake = (terminator: Terminator, socket: Socket, implicit: boolean, outcome: Outcome): TLSSocket => {
  const secured = terminator.wrap(socket, implicit);
  secured.on("_tlsError", (error: Error) => outcome.failed(error)); // one that fails is no `error` of the socket
  // A peer that ends in its midst has left.
  const left = (): void => void secured.destroy();
  secured.once("end", left);
  secured.once("secure", () => {
    secured.off("end", left);
    const tls = terminator.info(secured);
    if (tls === undefined) outcome.refused();
    else outcome.secure(tls);
  });
  return secured;
};
