/**
 * TLS on the server's side: certificates by name (SNI, RFC 6066 §3), client certificates, ALPN where TLS comes first
 * (RFC 7301), no version below 1.2 (RFC 8997), no renegotiation. All of it is made once; to replace certificates a new
 * one is made and new handshakes use that.
 */
import { constants, createHmac } from "node:crypto";
import type { Socket } from "node:net";
import { createSecureContext, type SecureContext, type SecureContextOptions, TLSSocket } from "node:tls";
import { LocalProtocolError, type Tls } from "@posthorn/contract";
import { tlsInfo } from "@posthorn/node";

/** A certificate with its key, in PEM. */
export interface TlsIdentity {
  /** The private key. */
  readonly key: string | Uint8Array;
  /** The certificate, and the chain behind it. */
  readonly cert: string | Uint8Array;
  /** Opens the key. */
  readonly passphrase?: string;
}

/** What a server shows of itself, and wants to see. */
export interface TlsSource extends TlsIdentity {
  /** Other certificates by the name that a client asks for; `*.example.org` stands for one more label. */
  readonly names?: Readonly<Record<string, TlsIdentity>>;
  /** Client certificates: who issues them, and whether a client must have one. Its common name becomes `session.tls.peer`. */
  readonly clients?: { readonly ca: string | Uint8Array; readonly require?: boolean };
  /** `TLSv1.2` if not given. */
  readonly minVersion?: "TLSv1.2" | "TLSv1.3";
  /** OpenSSL's list of ciphers. */
  readonly ciphers?: string;
  /**
   * A secret of 32 octets or more that session tickets are sealed by (RFC 5077, RFC 8446 §4.6.1): servers that share it
   * resume each other's sessions, and those from before a new certificate. A new one each time, if not given.
   */
  readonly ticketKey?: Uint8Array;
}

/** A name of ours, of which tickets are good for no other service (security: A13). */
const SESSIONS = "posthorn-smtp";

const asBuffer = (pem: string | Uint8Array): string | Buffer => (typeof pem === "string" ? pem : Buffer.from(pem));

/** The keys of one name's tickets: a ticket is good for the certificate that it was given with. */
const ticketKeysOf = (key: Uint8Array, name: string): Buffer =>
  createHmac("sha512", key).update(`posthorn: tickets for ${name}`).digest().subarray(0, 48);

const contextOf = (identity: TlsIdentity, source: TlsSource, name = ""): SecureContext => {
  const options: SecureContextOptions = {
    key: asBuffer(identity.key),
    cert: asBuffer(identity.cert),
    minVersion: source.minVersion ?? "TLSv1.2",
    secureOptions: constants.SSL_OP_NO_RENEGOTIATION | constants.SSL_OP_CIPHER_SERVER_PREFERENCE,
    sessionIdContext: SESSIONS,
  };
  if (identity.passphrase !== undefined) options.passphrase = identity.passphrase;
  if (source.ticketKey !== undefined) options.ticketKeys = ticketKeysOf(source.ticketKey, name);
  if (source.ciphers !== undefined) options.ciphers = source.ciphers;
  if (source.clients !== undefined) options.ca = asBuffer(source.clients.ca);
  try {
    return createSecureContext(options);
  } catch (error) {
    throw new LocalProtocolError("bad-certificate", error instanceof Error ? error.message : String(error));
  }
};

/**
 * Whether OpenSSL verified the client's certificate. Node tells it on sockets of its own `tls.Server` only; on others
 * it is asked below that, and where there is no such question the answer is no.
 */
const isVerified = (socket: TLSSocket): boolean => {
  const handle: unknown = Reflect.get(socket, "ssl");
  const ask: unknown = typeof handle === "object" && handle !== null ? Reflect.get(handle, "verifyError") : undefined;
  if (typeof ask !== "function") return false;
  const error: unknown = Reflect.apply(ask, handle, []);
  return error === null || error === undefined;
};

const commonName = (socket: TLSSocket): string | undefined => {
  const name: unknown = Reflect.get(Reflect.get(socket.getPeerCertificate(), "subject") ?? {}, "CN");
  return typeof name === "string" ? name : undefined;
};

/** Makes connections secure. */
export class Terminator {
  readonly #source: TlsSource;
  readonly #context: SecureContext;
  readonly #names: ReadonlyMap<string, SecureContext>;

  /**
   * @throws LocalProtocolError `bad-certificate`
   */
  constructor(source: TlsSource) {
    this.#source = source;
    this.#context = contextOf(source, source);
    const names = Object.entries(source.names ?? {});
    this.#names = new Map(
      names.map(([name, identity]) => [name.toLowerCase(), contextOf(identity, source, name.toLowerCase())]),
    );
  }

  /** Begins a handshake on a socket, which must not be used any more. The `secure` event of what is returned says that it is done. */
  wrap(socket: Socket, implicit: boolean): TLSSocket {
    const { clients } = this.#source;
    const named = this.#names.size > 0;
    return new TLSSocket(socket, {
      isServer: true,
      secureContext: this.#context,
      ...(implicit ? { ALPNProtocols: ["smtp"] } : {}),
      ...(clients === undefined ? {} : { requestCert: true, rejectUnauthorized: false }),
      ...(named
        ? {
            SNICallback: (name: string, done: (error: Error | null, context?: SecureContext) => void) =>
              done(null, this.#contextFor(name)),
          }
        : {}),
    });
  }

  /** What is known of a socket after its handshake; `undefined` where it lacks the certificate that it must have. */
  info(socket: TLSSocket): Tls | undefined {
    const { clients } = this.#source;
    const name: unknown = Reflect.get(socket, "servername"); // a server's socket has it too, or false
    const verified = clients !== undefined && socket.getPeerX509Certificate() !== undefined && isVerified(socket);
    if (clients?.require === true && !verified) return undefined;
    return tlsInfo(socket, {
      side: "server",
      servername: typeof name === "string" && name !== "" ? name : undefined,
      peer: verified ? commonName(socket) : undefined,
    });
  }

  #contextFor(name: string): SecureContext {
    const asked = name.toLowerCase();
    const dot = asked.indexOf(".");
    return this.#names.get(asked) ?? this.#names.get(`*${dot < 0 ? "" : asked.slice(dot)}`) ?? this.#context;
  }
}
