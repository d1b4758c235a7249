/**
 * Characters: which of them a line of the protocol may hold. Everything here looks at code units once, from left to
 * right. Octets up to 127 are RFC 5321's; above them, where RFC 6531 widens the grammar, characters that are
 * invisible or change how others are shown are refused: nobody could read such an address and know what it says.
 */
import type { Grammar } from "@posthorn/contract";

/** C1 controls, the bidirectional controls, line and paragraph separator, and zero-width characters that join nothing. */
const isUnsafe = (unit: number): boolean =>
  unit < 0xa0 ||
  unit === 0x061c ||
  unit === 0x200b ||
  unit === 0x200e ||
  unit === 0x200f ||
  (unit >= 0x2028 && unit <= 0x202e) ||
  unit === 0x2060 ||
  (unit >= 0x2066 && unit <= 0x2069) ||
  unit === 0xfeff;

/** Whether a code unit above 127 is one that no grammar of ours has, and no log should show as it is. */
export const isUnsafeUnit = (unit: number): boolean => unit > 127 && isUnsafe(unit);

/** Whether every character is one of US-ASCII's 128. */
export const isAscii = (text: string): boolean => {
  for (let at = 0; at < text.length; at++) if (text.charCodeAt(at) > 127) return false;
  return true;
};

/**
 * Whether text is printable: %d32-126, and with `utf8` (RFC 6531 §3.3) well-formed Unicode above it without C1
 * controls, bidirectional controls, U+2028, U+2029, U+200B, U+2060 and U+FEFF. A tab is not printable.
 */
export const isPrintable = (text: string, grammar: Grammar): boolean => {
  if (typeof text !== "string") return false; // for callers without types
  let wide = false;
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at);
    if (unit < 32 || unit === 127) return false;
    if (unit > 127) {
      if (!grammar.utf8 || isUnsafe(unit)) return false;
      wide = true;
    }
  }
  return !wide || text.isWellFormed();
};

const hasLower = (text: string): boolean => {
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at);
    if (unit >= 97 && unit <= 122) return true;
  }
  return false;
};

/** Upper case, of the 26 letters of US-ASCII only: a dotless i is no I. */
export const asciiUpper = (text: string): string =>
  hasLower(text) ? text.replace(/[a-z]+/g, (run) => run.toUpperCase()) : text;

/** A letter or a digit of US-ASCII. */
const isLetDig = (unit: number): boolean =>
  (unit >= 97 && unit <= 122) || (unit >= 65 && unit <= 90) || (unit >= 48 && unit <= 57);

/** Whether text is a keyword, of an extension or of a parameter (RFC 5321 §4.1.1.1 ehlo-keyword, §4.1.2 esmtp-keyword). */
export const isKeyword = (text: string): boolean => {
  if (typeof text !== "string" || !isLetDig(text.charCodeAt(0))) return false; // for callers without types
  for (let at = 1; at < text.length; at++) {
    const unit = text.charCodeAt(at);
    if (!isLetDig(unit) && unit !== 45) return false;
  }
  return true;
};
