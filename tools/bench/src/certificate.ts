// One certificate for all who serve TLS: self-signed, P-256, as the guides advise.
import { generate } from "selfsigned";

/** PEM, both. */
export interface Pair {
  readonly key: string;
  readonly cert: string;
}

let made: Promise<Pair> | undefined;

async function make(): Promise<Pair> {
  const subject = [{ name: "commonName", value: "bench.example" }];
  const { cert, private: key } = await generate(subject, { algorithm: "sha256", keyType: "ec", curve: "P-256" });
  return { key, cert };
}

/** The certificate of this run. */
export const certificate = (): Promise<Pair> => (made ??= make());
