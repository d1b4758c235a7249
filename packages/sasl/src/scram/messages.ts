/**
 * SCRAM's four messages (RFC 5802 §7), read strictly: attributes stand in their order, what may follow them is an
 * extension and is passed over, and a mandatory extension (`m=`) is refused. Readers return what is wrong as a word.
 */
import { fromSaslname, readGs2 } from "../gs2.ts";
import type { Gs2Header } from "../gs2.ts";
import { fromBase64, fromUtf8, isVchar } from "../octets.ts";

/** `gs2-header n=name,r=nonce`. */
export interface ClientFirst {
  readonly header: Gs2Header;
  /** The header as it was sent. */
  readonly gs2: string;
  /** The message without its header, which is signed. */
  readonly bare: string;
  readonly name: string;
  readonly nonce: string;
}

/** `r=nonce,s=salt,i=rounds`. */
export interface ServerFirst {
  readonly nonce: string;
  readonly salt: Uint8Array;
  readonly rounds: number;
}

/** `c=binding,r=nonce,p=proof`. */
export interface ClientFinal {
  readonly binding: Uint8Array;
  readonly nonce: string;
  readonly proof: Uint8Array;
  /** The message up to its proof, which is signed. */
  readonly withoutProof: string;
}

/** `v=signature`, or the server's error. */
export type ServerFinal = { readonly signature: Uint8Array } | { readonly error: string };

/** Reads the client's first message; a word where it is wrong. */
export const readClientFirst = (octets: Uint8Array): ClientFirst | "bad-client-first" | "mandatory-extension" => {
  const text = textOf(octets);
  const header = text === undefined ? undefined : readGs2(text);
  if (text === undefined || header === undefined) return "bad-client-first";
  const bare = text.slice(header.length);
  if (bare.startsWith("m=")) return "mandatory-extension";
  const [user, random, ...extensions] = bare.split(",");
  const name = fromSaslname(value("n", user) ?? "");
  const nonce = value("r", random);
  if (name === undefined || !isNonce(nonce) || !extensions.every(isExtension)) return "bad-client-first";
  return { header, gs2: text.slice(0, header.length), bare, name, nonce };
};

/** Reads the server's first message; a word where it is wrong. The bounds of what it says are the client's to check. */
export const readServerFirst = (
  octets: Uint8Array,
): ServerFirst | "bad-challenge" | "mandatory-extension" | "server-error" => {
  const text = textOf(octets);
  if (text === undefined) return "bad-challenge";
  if (text.startsWith("m=")) return "mandatory-extension";
  if (text.startsWith("e=")) return "server-error";
  const [random, salted, counted, ...extensions] = text.split(",");
  const nonce = value("r", random);
  const salt = fromBase64(value("s", salted) ?? "?");
  const digits = value("i", counted);
  if (!isNonce(nonce) || salt === undefined || digits === undefined || !/^[1-9]\d{0,15}$/.test(digits))
    return "bad-challenge";
  return extensions.every(isExtension) ? { nonce, salt, rounds: Number(digits) } : "bad-challenge";
};

/** Reads the client's final message; `undefined` where it is wrong. */
export const readClientFinal = (octets: Uint8Array): ClientFinal | undefined => {
  const text = textOf(octets);
  const end = text?.lastIndexOf(",p=") ?? -1;
  if (text === undefined || end < 0) return undefined;
  const withoutProof = text.slice(0, end);
  const [bound, random, ...extensions] = withoutProof.split(",");
  const binding = fromBase64(value("c", bound) ?? "?");
  const nonce = value("r", random);
  const proof = fromBase64(text.slice(end + 3));
  if (binding === undefined || proof === undefined || !isNonce(nonce) || !extensions.every(isExtension))
    return undefined;
  return { binding, nonce, proof, withoutProof };
};

/** Reads the server's final message; `undefined` where it is wrong. */
export const readServerFinal = (octets: Uint8Array): ServerFinal | undefined => {
  const text = textOf(octets);
  const [head, ...extensions] = text?.split(",") ?? [];
  if (head === undefined || !extensions.every(isExtension)) return undefined;
  const error = value("e", head);
  if (error !== undefined) return { error };
  const signature = fromBase64(value("v", head) ?? "?");
  return signature === undefined ? undefined : { signature };
};

/** The text of a message: UTF-8 without NUL, for no attribute has one (RFC 5802 §7, `value-safe-char`). */
const textOf = (octets: Uint8Array): string | undefined => {
  const text = fromUtf8(octets);
  return text === undefined || text.includes("\0") ? undefined : text;
};

const value = (attribute: string, text: string | undefined): string | undefined =>
  text?.startsWith(`${attribute}=`) === true ? text.slice(2) : undefined;

/** `printable`: VCHAR without the comma, which `split` has taken away. */
const isNonce = (text: string | undefined): text is string => text !== undefined && isVchar(text);

/** `attr-val`; one that names an attribute of the messages again is no extension but a second meaning. */
const isExtension = (text: string): boolean => /^[A-Za-z]=[^]/.test(text) && !/^[acimnprsve]=/.test(text);
