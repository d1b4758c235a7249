/** What is to be said of a connection's TLS layer and of the certificate that the server showed. */
import type { Socket } from "node:net";
import type { TLSSocket } from "node:tls";
import type { Tls } from "@posthorn/contract";

/** The certificate of a server. All text in it is the server's: escape it before it is shown. */
export interface CertificateReport {
  readonly subject: string;
  readonly issuer: string;
  /** The subject's alternative names, as OpenSSL writes them. */
  readonly names: string;
  /** RFC 3339. */
  readonly validFrom: string;
  readonly validTo: string;
  /** Of the whole certificate, as `--verify` takes it. */
  readonly fingerprint: string;
  readonly key: string;
}

/** The TLS layer. */
export interface TlsReport {
  readonly version: string;
  readonly cipher: string | undefined;
  readonly servername: string | undefined;
  /** Whether the authorities and the name speak for the certificate. */
  readonly trusted: boolean;
  /** Why they do not: a code of OpenSSL's or Node's. */
  readonly reason: string | undefined;
  /** How the server was verified before anything was sent: by authorities and name, by its fingerprint, or not at all. */
  readonly verified: "authority" | "fingerprint" | "not";
  readonly certificate: CertificateReport | undefined;
}

/** Asked of the socket itself: `node:tls` is not loaded for a connection without it. */
const isTls = (socket: Socket): socket is TLSSocket => "encrypted" in socket && socket.encrypted === true;

const reasonOf = (socket: TLSSocket): string | undefined => {
  // The types have an Error here; it is the code, as text, or null.
  const error: unknown = socket.authorizationError;
  if (error instanceof Error) return error.message;
  return typeof error === "string" ? error : undefined;
};

const keyText = (key: {
  readonly asymmetricKeyType?: string | undefined;
  readonly asymmetricKeyDetails?: object | undefined;
}): string => {
  const details: Readonly<Record<string, unknown>> = { ...key.asymmetricKeyDetails };
  const size = details["modulusLength"] ?? details["namedCurve"];
  return [key.asymmetricKeyType ?? "unknown", size]
    .filter((word) => word !== undefined)
    .map(String)
    .join(" ");
};

const certificateOf = (socket: TLSSocket): CertificateReport | undefined => {
  const certificate = socket.getPeerX509Certificate();
  if (certificate === undefined) return undefined;
  return {
    subject: certificate.subject ?? "",
    issuer: certificate.issuer ?? "",
    names: certificate.subjectAltName ?? "",
    validFrom: certificate.validFromDate.toISOString(),
    validTo: certificate.validToDate.toISOString(),
    fingerprint: `sha256:${certificate.fingerprint256.replaceAll(":", "").toLowerCase()}`,
    key: keyText(certificate.publicKey),
  };
};

/** Describes it; `undefined` without TLS. `verify` is what was asked for by name. */
export const tlsReport = (tls: Tls | undefined, socket: Socket, verify: string | undefined): TlsReport | undefined => {
  if (tls === undefined || !isTls(socket)) return undefined;
  const trusted = socket.authorized;
  return {
    version: tls.version,
    cipher: tls.cipher,
    servername: tls.servername,
    trusted,
    verified: verify?.startsWith("sha256:") === true ? "fingerprint" : trusted ? "authority" : "not",
    reason: trusted ? undefined : reasonOf(socket),
    certificate: certificateOf(socket),
  };
};
