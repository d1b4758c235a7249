/** What can be said of a server's TLS, and of what it offers without. */
import type { Finding, Level } from "./findings.ts";
import type { Probed } from "./probed.ts";
import type { TlsReport } from "./tls-report.ts";

const finding = (level: Level, text: string, rfc: string): Finding => ({ level, text, rfc });

/** Mechanisms that show the password to whoever listens. */
const REVEALING: readonly string[] = ["PLAIN", "LOGIN", "XOAUTH2", "OAUTHBEARER"];

/** Milliseconds. */
const SOON = 14 * 86_400_000;

const begin = ({ tls, begun, offered, offeredInClear, tlsFailure, protocol }: Probed): readonly Finding[] => {
  if (tlsFailure !== undefined)
    return [finding("must", `STARTTLS is offered, and the handshake fails: ${tlsFailure}`, "RFC 3207 §4")];
  if (begun === "starttls" && offered.has("STARTTLS"))
    return [finding("must", "STARTTLS is offered again under TLS", "RFC 3207 §4.2")];
  if (tls !== undefined) return [];
  if (offered.has("STARTTLS") || offeredInClear?.has("STARTTLS") === true)
    return [finding("note", "STARTTLS is offered, and was not used", "RFC 3207")];
  if (protocol === "lmtp") return [finding("note", "no TLS: fit for the same machine only", "RFC 2033 §8")];
  return [finding("should", "no TLS: whoever is in between can read and change the mail", "RFC 7435 §3, RFC 8314 §3")];
};

const clearPasswords = ({ tls, offered, offeredInClear }: Probed): readonly Finding[] => {
  const clear = tls === undefined ? offered : offeredInClear;
  const mechanisms = (clear?.get("AUTH") ?? "").toUpperCase().split(/\s+/);
  const revealing = REVEALING.filter((name) => mechanisms.includes(name));
  if (revealing.length === 0) return [];
  return [
    finding(
      "should",
      `AUTH ${revealing.join(" ")} is offered without TLS: passwords can be read on the way`,
      "RFC 4954 §4, RFC 8314 §3",
    ),
  ];
};

const layer = ({ version, certificate, trusted, reason }: TlsReport): readonly Finding[] => {
  const found: Finding[] = [
    version === "TLSv1.3"
      ? finding("ok", "TLS 1.3", "RFC 9325 §3.1.1")
      : finding("should", `${version}, not TLS 1.3`, "RFC 9325 §3.1.1"),
    trusted
      ? finding("ok", "the certificate is good for this name", "RFC 9525")
      : finding("note", `the certificate cannot be verified: ${reason ?? "no reason given"}`, "RFC 7817, RFC 7435"),
  ];
  const left = certificate === undefined ? Infinity : Date.parse(certificate.validTo) - Date.now();
  if (left < 0) found.push(finding("must", "the certificate has expired", "RFC 5280 §4.1.2.5"));
  else if (left < SOON)
    found.push(
      finding("note", `the certificate expires in ${Math.floor(left / 86_400_000)} days`, "RFC 5280 §4.1.2.5"),
    );
  return found;
};

/** The findings. */
export const tlsFindings = (probed: Probed): readonly Finding[] => [
  ...begin(probed),
  ...(probed.tls === undefined ? [] : layer(probed.tls)),
  ...clearPasswords(probed),
];
