/**
 * Who may authenticate, as the AUTH extension asks for it: the users of a file, read again when told, or a store of the
 * site's. PLAIN and LOGIN are checked against the same verifiers as SCRAM, at the same cost for names that nobody has.
 */
import { nodeCrypto } from "@posthorn/node";
import { verifyByLookup } from "@posthorn/sasl";
import type { Store } from "@posthorn/sasl";
import { falseSaltKey, find, parseUsers, readUsers } from "./users.ts";
import type { Users } from "./users.ts";

/** The users of a server. */
export interface Accounts {
  readonly store: Store<string>;
  /** For names that nobody has; with a site's store, one for each run. */
  readonly falseSaltKey: Uint8Array;
  /** What such a name seems to have; the library's own, if not known. */
  readonly rounds: number | undefined;
  /** Reads the users again; if that fails, those from before stay. @throws Stop 78 */
  reload(): Promise<void>;
}

/** What workers know of a users file that the first process has read. */
export interface SharedUsers {
  /** The file's text. */
  readonly text: string;
  /** For names that nobody has. */
  readonly falseSaltKey: Uint8Array;
}

/** The accounts of a users file, which `reload` reads again. */
const accountsOf = (first: Users, key: Uint8Array, read: () => Promise<Users>): Accounts => {
  let users = first;
  const { rounds } = users;
  const lookup: NonNullable<Store<string>["lookup"]> = (name) => find(users, name);
  return {
    store: { lookup, verify: verifyByLookup(lookup, nodeCrypto, rounds) },
    falseSaltKey: key,
    rounds,
    async reload() {
      users = await read();
    },
  };
};

/** The accounts of a users file. `keep` is whether the key of false salts may be written beside it. @throws Stop 78 */
export const accountsOfFile = async (file: string, keep: boolean): Promise<Accounts> => {
  const users = await readUsers(file);
  const key = keep ? await falseSaltKey(file, users) : nodeCrypto.random(32);
  return accountsOf(users, key, () => readUsers(file));
};

/** The same in a worker: of what `shared` gives, now and at each `reload`. @throws Stop 78 */
export const accountsOfText = (file: string, shared: () => SharedUsers): Accounts => {
  const { text, falseSaltKey: key } = shared();
  return accountsOf(parseUsers(text, file), key, async () => parseUsers(shared().text, file));
};

/** The accounts of a site's store; if it has no `verify`, passwords are checked by its `lookup`. */
export const accountsOfStore = (given: Store<string>, key: Uint8Array = nodeCrypto.random(32)): Accounts => {
  const lookup: NonNullable<Store<string>["lookup"]> = (name, mechanism, signal) =>
    given.lookup?.(name, mechanism, signal);
  const store: Store<string> = {
    ...(given.serves === undefined ? {} : { serves: given.serves }),
    ...(given.lookup === undefined ? {} : { lookup }),
    verify:
      given.verify === undefined
        ? verifyByLookup(lookup, nodeCrypto)
        : (credentials, signal) => given.verify?.(credentials, signal),
    ...(given.authorize === undefined
      ? {}
      : {
          authorize: (identity: string, name: string, authzid: string, signal: AbortSignal) =>
            given.authorize?.(identity, name, authzid, signal),
        }),
  };
  return { store, falseSaltKey: key, rounds: undefined, reload: () => Promise.resolve() };
};

/** Nobody: for submission, which must ask who is there, where there are no users. */
export const nobody = (key?: Uint8Array): Accounts => accountsOfStore({ lookup: () => undefined }, key);
