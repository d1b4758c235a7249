/**
 * Errors are for our own side: a caller's mistake throws. Each has a stable `code`, and answers `instanceof` also
 * across two copies of this package (a brand under `Symbol.for`).
 */

const LOCAL: symbol = Symbol.for("posthorn.LocalProtocolError");
const COMPOSITION: symbol = Symbol.for("posthorn.CompositionError");

const branded = (value: unknown, brand: symbol): boolean =>
  typeof value === "object" && value !== null && brand in value;

/** This side tried to break the protocol: a value that has no encoding, a call that the phase does not allow. */
export class LocalProtocolError extends Error {
  /** A stable name, in kebab-case. */
  readonly code: string;
  /** The clause that would be broken, such as `RFC 5321 §4.1.2`. */
  readonly rfc: string | undefined;

  constructor(code: string, message: string, rfc?: string) {
    super(rfc === undefined ? message : `${message} (${rfc})`);
    this.name = "LocalProtocolError";
    this.code = code;
    this.rfc = rfc;
    Object.defineProperty(this, LOCAL, { value: true });
  }

  static override [Symbol.hasInstance](value: unknown): boolean {
    return branded(value, LOCAL);
  }
}

/** Extensions that cannot stand beside each other; the message names both sides. */
export class CompositionError extends Error {
  /** A stable name: `keyword-clash`, `verb-clash`, `parameter-clash`, `missing-requirement`, `conflict`, `bad-keyword`, `bad-capability`, `bad-verb`, `bad-parameter`. */
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.name = "CompositionError";
    this.code = code;
    Object.defineProperty(this, COMPOSITION, { value: true });
  }

  static override [Symbol.hasInstance](value: unknown): boolean {
    return branded(value, COMPOSITION);
  }
}
