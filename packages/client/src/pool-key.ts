/**
 * When two sendings may share a connection: when nothing that was said about their connections differs (security.md
 * C12). Every option counts but those that only watch, so that an option that is added later counts too. Values that
 * have no structure of their own (functions, extensions) are the same if they are the same object.
 */
import { hash, randomBytes } from "node:crypto";

/** Options that make no difference to a connection once it is there. */
const WATCHING: ReadonlySet<string> = new Set(["signal", "observe"]);
/** Options that are compared by what is in them. */
const STRUCTURED: ReadonlySet<string> = new Set(["credentials", "timeouts", "limits", "ca", "cert", "key", "without"]);

/** Makes keys. No key tells what it was made of. */
export class Keys {
  /** Not to be guessed, so that no secret can be by its key. */
  readonly #secret: string = randomBytes(32).toString("base64");
  readonly #identities: WeakMap<object, number> = new WeakMap();
  #count = 0;

  /** The key of these options. */
  of(options: object): string {
    const said = Object.entries(options)
      .filter(([name, value]) => value !== undefined && !WATCHING.has(name))
      .map(([name, value]: [string, unknown]) => [
        name,
        STRUCTURED.has(name) ? this.#structure(value) : this.#atom(value),
      ])
      .toSorted(([a = ""], [b = ""]) => (a < b ? -1 : 1));
    return hash("sha256", this.#secret + JSON.stringify(said), "base64"); // an HMAC takes 90 µs
  }

  /** A value without structure, as text: by itself, or by which object it is. */
  #atom(value: unknown): string {
    if ((typeof value !== "object" && typeof value !== "function") || value === null)
      return `${typeof value} ${String(value)}`;
    let identity = this.#identities.get(value);
    if (identity === undefined) {
      identity = ++this.#count;
      this.#identities.set(value, identity);
    }
    return `object ${identity}`;
  }

  #structure(value: unknown): string {
    if (value instanceof Uint8Array) return `octets ${Buffer.from(value).toString("base64")}`;
    if (Array.isArray(value)) return JSON.stringify(value.map((one) => this.#structure(one)));
    if (typeof value !== "object" || value === null) return this.#atom(value);
    const entries = Object.entries(value).map(([name, one]) => [name, this.#structure(one)]);
    return JSON.stringify(entries.toSorted(([a = ""], [b = ""]) => (a < b ? -1 : 1)));
  }
}
