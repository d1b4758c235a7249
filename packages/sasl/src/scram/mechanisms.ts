/**
 * The four SCRAMs as mechanisms: two hashes (RFC 5802, RFC 7677), each with and without channel binding.
 */
import type { Mechanism } from "../mechanism.ts";
import { client } from "./client.ts";
import type { ScramHash } from "./keys.ts";
import { server } from "./server.ts";

/** Which SCRAM it is. */
export interface Scram {
  /** The name without -PLUS. */
  readonly base: string;
  readonly hash: ScramHash;
  /** Whether it binds to the channel. */
  readonly plus: boolean;
}

const mechanism = (scram: Scram, strength: number): Mechanism => ({
  name: scram.plus ? `${scram.base}-PLUS` : scram.base,
  first: "client",
  strength,
  reveals: false,
  binds: scram.plus,
  uses: "password",
  needs: scram.hash,
  client: (host) => client(scram, host),
  server: (host, initial) => server(scram, host, initial),
});

/** SCRAM-SHA-256-PLUS (RFC 7677). */
export const scramSha256Plus: Mechanism = mechanism({ base: "SCRAM-SHA-256", hash: "sha256", plus: true }, 100);

/** SCRAM-SHA-1-PLUS (RFC 5802). */
export const scramSha1Plus: Mechanism = mechanism({ base: "SCRAM-SHA-1", hash: "sha1", plus: true }, 90);

/** SCRAM-SHA-256 (RFC 7677). */
export const scramSha256: Mechanism = mechanism({ base: "SCRAM-SHA-256", hash: "sha256", plus: false }, 80);

/** SCRAM-SHA-1 (RFC 5802). */
export const scramSha1: Mechanism = mechanism({ base: "SCRAM-SHA-1", hash: "sha1", plus: false }, 70);
