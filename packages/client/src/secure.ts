/**
 * The TLS layer of a client: the handshake, and whether the server is who it should be (security.md C7). A fingerprint
 * names the certificate itself, so that neither authorities nor its name nor its dates are asked; without either, the
 * connection is as good against a listener as any, and worth nothing against somebody in between. Where a session is
 * resumed there is no certificate, and Node compares no name: what was proved when it began was kept with it, and holds on.
 */
import { X509Certificate } from "node:crypto";
import { isIP, type Socket } from "node:net";
import type * as NodeTls from "node:tls";
import type { ConnectionOptions, SecureContextOptions, TLSSocket } from "node:tls";
import type { Tls } from "@posthorn/contract";
import { tlsInfo } from "@posthorn/node";
import { ClientError, type FailureCode, sentenceOf, systemCodeOf } from "./errors.ts";
import type { Pem } from "./options.ts";
import { fingerprintOf } from "./policy.ts";
import type { Terms } from "./setup.ts";
import { type Proof, PROOF_MS, type Ticket } from "./tickets.ts";

/** Loaded for the first handshake: 18 ms of a program's start. */
const nodeTls = (): typeof NodeTls => process.getBuiltinModule("node:tls");

/** Names that Node has for certificates that cannot be believed (node:tls, OpenSSL). */
const CERTIFICATE: ReadonlyMap<string, FailureCode> = new Map<string, FailureCode>([
  ["ERR_TLS_CERT_ALTNAME_INVALID", "certificate-name"],
  ["CERT_HAS_EXPIRED", "certificate-expired"],
  ["CERT_NOT_YET_VALID", "certificate-expired"],
  ["DEPTH_ZERO_SELF_SIGNED_CERT", "certificate-untrusted"],
  ["SELF_SIGNED_CERT_IN_CHAIN", "certificate-untrusted"],
  ["UNABLE_TO_GET_ISSUER_CERT", "certificate-untrusted"],
  ["UNABLE_TO_GET_ISSUER_CERT_LOCALLY", "certificate-untrusted"],
  ["UNABLE_TO_VERIFY_LEAF_SIGNATURE", "certificate-untrusted"],
  ["CERT_SIGNATURE_FAILURE", "certificate-untrusted"],
  ["CERT_UNTRUSTED", "certificate-untrusted"],
  ["CERT_REJECTED", "certificate-untrusted"],
  ["CERT_REVOKED", "certificate-untrusted"],
  ["CERT_CHAIN_TOO_LONG", "certificate-untrusted"],
  ["INVALID_CA", "certificate-untrusted"],
  ["INVALID_PURPOSE", "certificate-untrusted"],
  ["PATH_LENGTH_EXCEEDED", "certificate-untrusted"],
]);

/** OpenSSL's reason alone, where there is one: what stands around it names its source files. */
const reasonOf = (error: unknown): string => {
  if (!(error instanceof Error && "reason" in error && typeof error.reason === "string")) return sentenceOf(error);
  const plain = error.reason === "wrong version number" || error.reason === "packet length too long";
  return plain ? `${error.reason}, as where TLS does not come first` : error.reason;
};

/** The failure of a handshake, with the server's name in it. */
export const handshakeFailure = (error: unknown, servername: string): ClientError => {
  const code = CERTIFICATE.get(systemCodeOf(error)) ?? "tls-failed";
  const what = code === "tls-failed" ? "the TLS handshake failed" : `the certificate of ${servername} is not accepted`;
  return new ClientError(code, `${what}: ${reasonOf(error)}`, { cause: error, host: servername });
};

const part = (pem: string | Uint8Array): string | Buffer => (typeof pem === "string" ? pem : Buffer.from(pem));

const parts = (pem: Pem): string | Buffer | (string | Buffer)[] =>
  typeof pem === "string" || pem instanceof Uint8Array ? part(pem) : pem.map(part);

const contextOptions = ({ options: { ca, cert, key } }: Terms): SecureContextOptions => ({
  minVersion: "TLSv1.2",
  ...(ca === undefined ? {} : { ca: parts(ca) }),
  ...(cert === undefined ? {} : { cert: parts(cert) }),
  ...(key === undefined ? {} : { key: part(key) }),
});

const optionsOf = (socket: Socket, terms: Terms): { readonly options: ConnectionOptions; readonly ticket?: Ticket } => {
  const { policy, servername, resumption } = terms;
  const options: ConnectionOptions = {
    socket,
    host: servername, // what the certificate is compared with
    ...(isIP(servername) === 0 ? { servername } : {}), // SNI has names only (RFC 6066 §3)
    rejectUnauthorized: policy.verify === true,
  };
  const made = contextOptions(terms);
  if (resumption === undefined) return { options: { ...options, ...made } };
  const { context: secureContext, ticket } = resumption.begin(terms, made, nodeTls());
  if (ticket === undefined) return { options: { ...options, secureContext } };
  return { options: { ...options, secureContext, session: ticket.session }, ticket };
};

/**
 * Has the socket tell its certificate as often as it is asked. Node's own `getPeerX509Certificate` takes it out of the
 * chain, and tells the next one's, or none, to who asks again (24.21); `getPeerCertificate` leaves it there.
 */
const tellCertificate = (socket: TLSSocket): void => {
  let certificate: X509Certificate | undefined;
  socket.getPeerX509Certificate = () => {
    // The types have one always; of a session that was resumed, or a socket that is gone, there is none.
    const { raw }: { readonly raw?: Buffer } = certificate === undefined ? { ...socket.getPeerCertificate() } : {};
    if (raw !== undefined) certificate = new X509Certificate(raw);
    return certificate;
  };
};

const fingerprint = (socket: TLSSocket): string =>
  (socket.getPeerX509Certificate()?.fingerprint256 ?? "").replaceAll(":", "").toLowerCase();

const wrongCertificate = (socket: TLSSocket, { policy, servername }: Terms): ClientError | undefined => {
  if (typeof policy.verify !== "string" || fingerprint(socket) === fingerprintOf(policy.verify)) return undefined;
  return new ClientError(
    "certificate-fingerprint",
    `the certificate of ${servername} has the fingerprint sha256:${fingerprint(socket)}, not ${policy.verify}`,
    { host: servername },
  );
};

/** What a full handshake proved. A certificate that was believed is so no longer than it is valid. */
const proofOf = (socket: TLSSocket, now: number): Proof | undefined => {
  const { authorized, authorizationError: reason } = socket;
  const certificate = socket.getPeerX509Certificate();
  if (certificate === undefined) return undefined;
  const ms = authorized ? Math.min(PROOF_MS, certificate.validToDate.getTime() - Date.now()) : PROOF_MS;
  return { certificate, authorized, reason, until: now + ms };
};

/** Has the socket of a resumed session say what was proved when it began. Node takes any whose chain was good for authorized. */
const restore = (socket: TLSSocket, { certificate, authorized, reason }: Proof): void => {
  socket.getPeerX509Certificate = () => certificate;
  socket.authorized = authorized;
  Reflect.set(socket, "authorizationError", reason);
};

/**
 * Keeps the tickets that come, as long as the connection stands (RFC 8446 §4.6.1). Node tells of them behind
 * `secureConnect`, but only where somebody has listened from the beginning.
 */
const keepTickets = (socket: TLSSocket, { resumption }: Terms, ticket: Ticket | undefined): void => {
  if (resumption === undefined) return;
  let proof: Proof | undefined;
  socket.on("session", (session) => {
    if (socket.destroyed) return; // what it was given by a server that is not who it should be
    proof ??= ticket !== undefined && socket.isSessionReused() ? ticket.proof : proofOf(socket, resumption.now());
    if (proof !== undefined) resumption.keep({ session, once: socket.getProtocol() === "TLSv1.3", proof });
  });
};

/** A connection that is secure. */
export interface Secured {
  readonly socket: TLSSocket;
  readonly tls: Tls;
  /** Whether a session was resumed. */
  readonly resumed: boolean;
}

/** Begins the handshake over a connected socket. `failed` is called at most once, and not after `secured`. */
export const secure = (
  socket: Socket,
  setup: Terms,
  secured: (secured: Secured) => void,
  failed: (error: ClientError) => void,
): TLSSocket => {
  const { servername } = setup;
  const { options, ticket } = optionsOf(socket, setup);
  const tlsSocket = nodeTls().connect(options);
  tellCertificate(tlsSocket);
  keepTickets(tlsSocket, setup, ticket);
  const settle = (): void => {
    tlsSocket.removeListener("error", fail);
    tlsSocket.removeListener("close", closed);
  };
  const fail = (error: unknown): void => {
    settle();
    tlsSocket.on("error", () => {}); // what a socket that is given up still has to say
    tlsSocket.destroy();
    failed(error instanceof ClientError ? error : handshakeFailure(error, servername));
  };
  const closed = (): void => fail(new Error("the server closed the connection"));
  tlsSocket.once("error", fail);
  tlsSocket.once("close", closed);
  tlsSocket.once("secureConnect", () => {
    const resumed = ticket !== undefined && tlsSocket.isSessionReused();
    if (resumed) restore(tlsSocket, ticket.proof);
    const wrong = wrongCertificate(tlsSocket, setup);
    if (wrong !== undefined) {
      fail(wrong);
      return;
    }
    settle();
    tlsSocket.disableRenegotiation();
    const peer = tlsSocket.authorized ? tlsSocket.getPeerX509Certificate()?.subject : undefined;
    secured({ socket: tlsSocket, tls: tlsInfo(tlsSocket, { side: "client", servername, peer }), resumed });
  });
  return tlsSocket;
};
