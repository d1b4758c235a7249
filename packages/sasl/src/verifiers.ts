/**
 * Verifiers: made from a password once, and from then on all that a server keeps. They serve SCRAM, and a password
 * that was shown in the clear can be checked against them too.
 */
import { LocalProtocolError } from "@posthorn/contract";
import { EMPTY } from "./octets.ts";
import type { Awaitable, SaslCrypto } from "./ports.ts";
import { perform } from "./perform.ts";
import { ask } from "./steps.ts";
import type { Ask } from "./steps.ts";
import type { Store, Verdict } from "./store.ts";
import { deriveKeys, MAX_ROUNDS, MIN_ROUNDS, ROUNDS } from "./scram/keys.ts";
import type { ScramHash, Verifier } from "./scram/keys.ts";

const HASHES: readonly ScramHash[] = ["sha256", "sha1"];

/** The salt of a check that has nothing to be checked against; only its length matters, to the time it takes. */
const NO_SALT = new Uint8Array(16);

/**
 * Makes the verifiers of a password for SCRAM-SHA-256 and SCRAM-SHA-1 (RFC 5802 §3), each with a random salt of 16
 * octets unless one is given.
 * @throws LocalProtocolError `unpreparable` where SASLprep prohibits the password (RFC 4013 §2) or leaves nothing of it;
 * `bad-rounds` where the rounds are not a whole number from 4096 to 1,000,000; `bad-salt` where the salt is empty.
 *
 * @example
 * const line = formatUser("tim", await verifiers("tanstaaftanstaaf", {}, crypto));
 */
export const verifiers = (
  password: string,
  options: { readonly salt?: Uint8Array; readonly rounds?: number },
  crypto: SaslCrypto,
): Awaitable<readonly Verifier[]> => {
  const { salt, rounds = ROUNDS } = options;
  const prepared = password.isWellFormed() ? crypto.prepare(password, "stored") : undefined;
  if (prepared === undefined || prepared === "") {
    throw new LocalProtocolError("unpreparable", "the password is prohibited by SASLprep, or empty", "RFC 4013 §2");
  }
  if (!Number.isInteger(rounds) || rounds < MIN_ROUNDS || rounds > MAX_ROUNDS) {
    throw new LocalProtocolError(
      "bad-rounds",
      `rounds are a whole number from ${MIN_ROUNDS} to ${MAX_ROUNDS}`,
      "RFC 7677 §4",
    );
  }
  if (salt?.length === 0) throw new LocalProtocolError("bad-salt", "the salt is empty", "RFC 5802 §5.1");
  return perform(derive(prepared, salt, rounds, crypto));
};

function* derive(
  prepared: string,
  given: Uint8Array | undefined,
  rounds: number,
  crypto: SaslCrypto,
): Generator<Ask, readonly Verifier[], unknown> {
  const made: Verifier[] = [];
  for (const hash of HASHES) {
    const salt = given ?? crypto.random(16);
    const { storedKey, serverKey } = yield* deriveKeys(crypto, hash, prepared, salt, rounds);
    made.push({ hash, salt, rounds, storedKey, serverKey });
  }
  return made;
}

/**
 * Whether a password is the one that the verifiers were made of: the strongest of them is asked. Without verifiers
 * (nobody has that name) the answer is no, after the work that a wrong password costs at `rounds`.
 */
export const checkPassword = (
  password: string,
  against: readonly Verifier[] | undefined,
  crypto: SaslCrypto,
  rounds: number = ROUNDS,
): Awaitable<boolean> => perform(check(password, against ?? [], crypto, rounds));

function* check(
  password: string,
  against: readonly Verifier[],
  crypto: SaslCrypto,
  rounds: number,
): Generator<Ask, boolean, unknown> {
  const known = HASHES.map((hash) => against.find((each) => each.hash === hash)).find((each) => each !== undefined);
  const prepared = password.isWellFormed() ? crypto.prepare(password, "stored") : undefined;
  const { hash, salt, rounds: work } = known ?? { hash: "sha256", salt: NO_SALT, rounds };
  const { storedKey } = yield* deriveKeys(crypto, hash, prepared ?? "", salt, work);
  const same = crypto.equal(storedKey, known?.storedKey ?? EMPTY);
  return same && known !== undefined && prepared !== undefined && prepared !== "";
}

/**
 * A store's `verify` for PLAIN and LOGIN out of its `lookup` of verifiers: one table serves all password mechanisms.
 * `rounds` is what most users have, so that an unknown name takes as long.
 */
export const verifyByLookup = <I>(
  lookup: NonNullable<Store<I>["lookup"]>,
  crypto: SaslCrypto,
  rounds: number = ROUNDS,
): NonNullable<Store<I>["verify"]> => {
  return (credentials, signal) => {
    if (credentials.type !== "password") return undefined;
    const { name, password, mechanism } = credentials;
    const steps = function* (): Generator<Ask, Verdict<I>, unknown> {
      const found = yield* ask(() => lookup(name, mechanism, signal));
      const right = yield* check(password, found?.verifiers ?? [], crypto, rounds);
      return right && found !== undefined ? found.identity : undefined;
    };
    return perform(steps(), signal);
  };
};
