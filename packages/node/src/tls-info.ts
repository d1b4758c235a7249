/**
 * A TLS socket as sessions see it (`Tls` of the contract). Channel bindings cost a hash and a call into OpenSSL, and
 * most sessions never ask: they are made when they are first looked at.
 */
import { createHash } from "node:crypto";
import type { TLSSocket } from "node:tls";
import type { Tls } from "@posthorn/contract";
import { endPointHash } from "./certificate-hash.ts";

type Bindings = { readonly [type: string]: Uint8Array };

/** RFC 9266 §4.1: this label, no context, 32 octets. */
const EXPORTER = "EXPORTER-Channel-Binding";
const EXPORTED = 32;
const NO_CONTEXT: Buffer = Buffer.alloc(0);

const plain = (buffer: Uint8Array): Uint8Array => new Uint8Array(buffer);

const serverCertificate = (socket: TLSSocket, side: "client" | "server"): Uint8Array | undefined => {
  const certificate = side === "server" ? socket.getX509Certificate() : socket.getPeerX509Certificate();
  return certificate?.raw;
};

const bindingsOf = (socket: TLSSocket, side: "client" | "server"): Bindings => {
  const bindings: Record<string, Uint8Array> = {};
  if (socket.destroyed) return bindings;
  // In TLS 1.2 it is safe with the extended master secret only (RFC 9266 §4.2), and Node does not tell whether there is one.
  if (socket.getProtocol() === "TLSv1.3") {
    bindings["tls-exporter"] = plain(socket.exportKeyingMaterial(EXPORTED, EXPORTER, NO_CONTEXT));
  }
  const certificate = serverCertificate(socket, side);
  const hash = certificate === undefined ? undefined : endPointHash(certificate);
  if (certificate !== undefined && hash !== undefined) {
    bindings["tls-server-end-point"] = plain(createHash(hash).update(certificate).digest());
  }
  return bindings;
};

/** What is not to be seen on the socket itself. */
export interface TlsFacts {
  readonly side: "client" | "server";
  /** The name that the client asked for (RFC 6066 §3). */
  readonly servername?: string | undefined;
  /** The subject of the peer's certificate, where it was verified. */
  readonly peer?: string | undefined;
}

/**
 * Describes a TLS socket whose handshake is done.
 *
 * @example
 * socket.once("secureConnect", () => session.upgraded(tlsInfo(socket, { side: "client" })));
 */
export const tlsInfo = (socket: TLSSocket, { side, servername, peer }: TlsFacts): Tls => {
  let bindings: Bindings | undefined;
  const cipher = socket.getCipher() as ReturnType<TLSSocket["getCipher"]> | undefined;
  return {
    version: socket.getProtocol() ?? "unknown",
    ...(cipher === undefined ? {} : { cipher: cipher.standardName }),
    ...(servername === undefined ? {} : { servername }),
    ...(peer === undefined ? {} : { peer }),
    get bindings() {
      bindings ??= bindingsOf(socket, side);
      return bindings;
    },
  };
};
