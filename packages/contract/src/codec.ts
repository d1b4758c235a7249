/**
 * Codecs: how a value stands in a command line, both ways. One law for all of them: `decode(encode(v))` is `v`,
 * and what the grammar does not have is refused, never repaired.
 */
import type { Result } from "./fault.ts";

/** The grammar in force on a line: SMTPUTF8 on MAIL widens its own path and every path after it (RFC 6531 §3.3). */
export interface Grammar {
  /** Whether octets above 127 are part of the grammar, as UTF-8. */
  readonly utf8: boolean;
}

/** The grammar of RFC 5321: octets up to 127. */
export const ASCII: Grammar = { utf8: false };

/** The grammar of RFC 6531: UTF-8 where RFC 5321 has ASCII. */
export const UTF8: Grammar = { utf8: true };

/**
 * A value and its text. `raw` is what follows the verb, the keyword or the `=` of a parameter; `undefined` means
 * that nothing follows. Methods, not properties, so that a codec of one type serves where any is wanted.
 */
export interface Codec<T> {
  /** Reads what a peer wrote. Never throws; a fault carries the reply (501 for an argument, RFC 5321 §4.2.2). */
  decode(raw: string | undefined, grammar: Grammar): Result<T>;
  /**
   * Writes a value; `undefined` where it is written as nothing.
   * @throws LocalProtocolError with the code `unencodable`, where the grammar has no such value.
   */
  encode(value: T, grammar: Grammar): string | undefined;
}
