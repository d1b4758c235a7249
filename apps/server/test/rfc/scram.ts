/** SCRAM by hand, from RFC 5802 §3 and §7 and RFC 7677, with nothing of ours in it. */
import { createHash, createHmac, pbkdf2Sync, randomBytes, timingSafeEqual } from "node:crypto";
import { expect } from "vitest";
import type { Talk } from "../talk.ts";
import { PASSWORD, USER } from "./table.ts";

/** What differs from an honest dialogue. */
export interface Turns {
  readonly hash?: "sha1" | "sha256";
  readonly name?: string;
  readonly password?: string;
  /** The GS2 header. `n,,` if not given. */
  readonly header?: string;
  /** What stands in `c=` behind the header: the channel's binding data. */
  readonly binding?: Uint8Array;
  readonly plus?: boolean;
  /** Says the client's first message in answer to 334, not with AUTH. */
  readonly late?: boolean;
  readonly clientFirst?: (bare: string) => string;
  readonly clientFinal?: (final: string) => string;
}

const base64 = (text: string | Uint8Array): string => Buffer.from(text).toString("base64");
const challenge = (reply: string): string => {
  expect(reply).toMatch(/^334 [A-Za-z0-9+/]+=*$/);
  return Buffer.from(reply.slice(4), "base64").toString();
};

/** One dialogue, to the reply that ends it; the server's signature is verified where there is one. */
export const scram = async (talk: Talk, turns: Turns = {}): Promise<string> => {
  const { hash = "sha256", name = USER, password = PASSWORD, header = "n,,", binding = new Uint8Array() } = turns;
  const hmac = (key: Uint8Array, text: string): Buffer => createHmac(hash, key).update(text).digest();
  const mechanism = `SCRAM-SHA-${hash === "sha1" ? "1" : "256"}${turns.plus === true ? "-PLUS" : ""}`;
  const nonce = randomBytes(12).toString("hex");
  const bare = (turns.clientFirst ?? ((text) => text))(`n=${name},r=${nonce}`);
  const first = base64(`${header}${bare}`);
  let reply = await talk.say(turns.late === true ? `AUTH ${mechanism}` : `AUTH ${mechanism} ${first}`);
  if (turns.late === true) {
    expect(reply).toBe("334");
    reply = await talk.say(first);
  }
  if (!reply.startsWith("334")) return reply;
  const serverFirst = challenge(reply);
  const [, whole = "", salt = "", rounds = "0"] = /^r=([^,]+),s=([^,]+),i=(\d+)$/.exec(serverFirst) ?? [];
  expect(whole.startsWith(nonce) && whole.length > nonce.length).toBe(true);
  expect(Number(rounds)).toBeGreaterThanOrEqual(4096);
  const size = hash === "sha1" ? 20 : 32;
  const salted = pbkdf2Sync(password, Buffer.from(salt, "base64"), Number(rounds), size, hash);
  const clientKey = hmac(salted, "Client Key");
  const bound = base64(Buffer.concat([Buffer.from(header), binding]));
  const withoutProof = `c=${bound},r=${whole}`;
  const signed = `${bare},${serverFirst},${withoutProof}`;
  const signature = hmac(createHash(hash).update(clientKey).digest(), signed);
  const proof = clientKey.map((octet, at) => octet ^ (signature[at] ?? 0));
  const final = (turns.clientFinal ?? ((text) => text))(`${withoutProof},p=${base64(proof)}`);
  reply = await talk.say(base64(final));
  if (!reply.startsWith("334")) return reply;
  const verifier = /^v=([^,]+)$/.exec(challenge(reply))?.[1];
  if (verifier === undefined) return talk.say("");
  expect(timingSafeEqual(Buffer.from(verifier, "base64"), hmac(hmac(salted, "Server Key"), signed))).toBe(true);
  return talk.say("");
};
