/** A TLS handshake on a socket that was plain, and what comes of it. */
import type { Socket } from "node:net";
import type { TLSSocket } from "node:tls";
import type { Tls } from "@posthorn/contract";
import type { Terminator } from "./tls.ts";

/** What comes of a handshake; `close` of the socket says that nothing did. */
export interface Outcome {
  secured(tls: Tls): void;
  /** The client has no certificate, and must. */
  refused(): void;
  error(error: Error): void;
}

/** Begins a handshake; from here on the socket that is returned is the connection's. */
export const handshake = (terminator: Terminator, socket: Socket, implicit: boolean, outcome: Outcome): TLSSocket => {
  const secured = terminator.wrap(socket, implicit);
  secured.on("_tlsError", (error: Error) => outcome.error(error)); // one that fails is no `error` of the socket
  // A peer that ends in its midst has left.
  const left = (): void => void secured.destroy();
  secured.once("end", left);
  secured.once("secure", () => {
    secured.off("end", left);
    const tls = terminator.info(secured);
    if (tls === undefined) outcome.refused();
    else outcome.secured(tls);
  });
  return secured;
};
