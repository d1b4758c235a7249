/**
 * The server's key and certificate: of the operator's files, read again on SIGHUP; or, where none are given, made for
 * this run by `selfsigned`, on P-256, and named by its fingerprint, so that a client can be told to trust just this one.
 */
import { X509Certificate } from "node:crypto";
import { readFile, writeFile } from "node:fs/promises";
import { isIP } from "node:net";
import { createSecureContext } from "node:tls";
import type { TlsSource } from "@posthorn/server";
import type { CertificateFiles, ClientCertificates } from "./config.ts";
import { EXIT, reasonOf, Stop } from "./exit.ts";

/** A key and its certificate chain, in PEM. */
export interface Certificate {
  readonly key: string;
  readonly cert: string;
}

/** The SHA-256 fingerprint of a certificate as people compare it: `sha256:AB:CD:…`. */
export const fingerprint = (cert: string): string => `sha256:${new X509Certificate(cert).fingerprint256}`;

const DAY = 86_400_000;
/** A certificate's life: shorter than the 398 days that clients accept at most. */
const LIFE = 365 * DAY;

/** Makes a certificate for `hostname`, `localhost` and the loopback addresses, signed by itself. */
export const selfSigned = async (hostname: string): Promise<Certificate> => {
  const names = [...new Set([hostname, "localhost"])].filter((name) => isIP(name) === 0 && !name.startsWith("["));
  const now = Date.now();
  const { generate } = await import("selfsigned"); // it is large, and few runs need it
  const made = await generate([{ name: "commonName", value: names[0] ?? "localhost" }], {
    keyType: "ec",
    curve: "P-256",
    algorithm: "sha256",
    notBeforeDate: new Date(now - DAY), // clocks differ
    notAfterDate: new Date(now + LIFE),
    extensions: [
      { name: "basicConstraints", cA: false, critical: true },
      { name: "keyUsage", digitalSignature: true, critical: true },
      { name: "extKeyUsage", serverAuth: true },
      {
        name: "subjectAltName",
        altNames: [
          ...names.map((value) => ({ type: 2 as const, value })),
          { type: 7, ip: "127.0.0.1" },
          { type: 7, ip: "::1" },
        ],
      },
    ],
  });
  return { key: made.private, cert: made.cert };
};

const read = async (file: string, flag: string): Promise<string> => {
  try {
    return await readFile(file, "utf8");
  } catch (error) {
    throw new Stop(EXIT.config, `${flag}: ${reasonOf(error)}`);
  }
};

/** The keys of the configuration that name the files of a certificate. */
type Keys = readonly [cert: string, key: string];

/**
 * Reads a key and a certificate, whose files these keys of the configuration name.
 * @throws Stop 78, naming the one that cannot be read, or both where they do not belong together
 */
export const readCertificate = async (
  files: CertificateFiles,
  [certName, keyName]: Keys = ["tlsCert", "tlsKey"],
): Promise<Certificate> => {
  const cert = await read(files.cert, certName); // one after the other: of two mistakes the first is told, always
  const key = await read(files.key, keyName);
  try {
    createSecureContext({ cert, key });
  } catch (error) {
    throw new Stop(
      EXIT.config,
      `${certName}, ${keyName}: ${files.cert} and ${files.key} are no certificate with its key: ${reasonOf(error)}`,
    );
  }
  return { key, cert };
};

const readAuthorities = async (file: string): Promise<string> => {
  const ca = await read(file, "tlsClients.ca");
  try {
    void new X509Certificate(ca);
  } catch {
    throw new Stop(EXIT.config, `tlsClients.ca: ${file} is no certificate in PEM`);
  }
  return ca;
};

/** What may be configured beside the server's own certificate. */
export interface MoreTls {
  readonly tlsNames: Readonly<Record<string, CertificateFiles>>;
  readonly tlsClients: ClientCertificates | undefined;
}

/**
 * All that TLS needs: the server's own certificate, those for other names, and the authorities of clients.
 * @throws Stop 78, as `readCertificate`
 */
export const tlsSource = async (own: Certificate, { tlsNames, tlsClients }: MoreTls): Promise<TlsSource> => {
  const names = await Promise.all(
    Object.entries(tlsNames).map(async ([name, files]): Promise<[string, Certificate]> => {
      const key = `tlsNames.${name}`;
      return [name, await readCertificate(files, [`${key}.cert`, `${key}.key`])];
    }),
  );
  return {
    ...own,
    names: Object.fromEntries(names),
    ...(tlsClients === undefined
      ? {}
      : { clients: { ca: await readAuthorities(tlsClients.ca), require: tlsClients.require ?? false } }),
  };
};

/** Writes a certificate, without its key, where clients can fetch it. @throws Stop 73 */
export const writeOut = async (file: string, { cert }: Certificate): Promise<void> => {
  try {
    await writeFile(file, cert, { mode: 0o644 });
  } catch (error) {
    throw new Stop(EXIT.cannotCreate, `tlsSelfSignedOut: ${reasonOf(error)}`);
  }
};
