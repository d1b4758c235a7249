// A certificate for peers that serve TLS: self-signed, known to posthorn by its fingerprint.
import { X509Certificate } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { generate } from "selfsigned";

/** A certificate and its key, as files. */
export interface Certificate {
  readonly certificate: string;
  readonly key: string;
  /** As `--verify` of posthorn takes it. */
  readonly fingerprint: string;
}

/** Makes a certificate for a name, in files that the users of a world may read. */
export async function makeCertificate(folder: string, name: string): Promise<Certificate> {
  const { cert, private: key } = await generate([{ name: "commonName", value: name }], {
    algorithm: "sha256",
    keyType: "ec",
    curve: "P-256",
  });
  mkdirSync(folder, { recursive: true });
  const files = { certificate: join(folder, "certificate.pem"), key: join(folder, "key.pem") };
  writeFileSync(files.certificate, cert);
  writeFileSync(files.key, key, { mode: 0o644 });
  return { ...files, fingerprint: `sha256:${new X509Certificate(cert).fingerprint256}` };
}
