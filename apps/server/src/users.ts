/**
 * The users of a `--users` file: lines of `name:verifiers`, as `posthornd hash` prints the verifiers; empty lines and
 * lines that begin with `#` are skipped. The table is keyed by prepared names (RFC 4013), so that two ways to write one
 * name are one user.
 */
import { createHmac } from "node:crypto";
import { readFile, writeFile } from "node:fs/promises";
import { nodeCrypto } from "@posthorn/node";
import { formatUser, parseUser, ROUNDS } from "@posthorn/sasl";
import type { Found, User } from "@posthorn/sasl";
import { EXIT, reasonOf, Stop, systemCode } from "./exit.ts";

/** The users of a server. */
export interface Users {
  /** By prepared name. */
  readonly byName: ReadonlyMap<string, User>;
  /** The rounds that most of them have: what a name that nobody has seems to have (A6). */
  readonly rounds: number;
}

const mostOf = (counts: ReadonlyMap<number, number>): number => {
  let most = ROUNDS;
  for (const [rounds, count] of counts) if (count > (counts.get(most) ?? 0)) most = rounds;
  return most;
};

/**
 * Reads the text of a users file, called `file` in errors.
 * @throws Stop 78, naming the line: one that is no user, a name that RFC 4013 prohibits, a name that stands twice
 */
export const parseUsers = (text: string, file: string): Users => {
  const byName = new Map<string, User>();
  const counts = new Map<number, number>();
  for (const [index, line] of text.split(/\r?\n/).entries()) {
    if (line.trim() === "" || line.startsWith("#")) continue;
    const where = `users: ${file}, line ${index + 1}`;
    const user = parseUser(line);
    if (user === undefined)
      throw new Stop(EXIT.config, `${where}: not of the form name:verifiers (see posthornd hash)`);
    const name = nodeCrypto.prepare(user.name, "query");
    if (name === undefined || name === "") throw new Stop(EXIT.config, `${where}: RFC 4013 prohibits this name`);
    if (byName.has(name)) throw new Stop(EXIT.config, `${where}: this name stands twice`);
    byName.set(name, user);
    for (const { rounds } of user.verifiers) counts.set(rounds, (counts.get(rounds) ?? 0) + 1);
  }
  return { byName, rounds: mostOf(counts) };
};

/** The text of a users file. @throws Stop 78 where it cannot be read */
export const usersText = async (file: string): Promise<string> => {
  try {
    return await readFile(file, "utf8");
  } catch (error) {
    throw new Stop(EXIT.config, `users: ${reasonOf(error)}`);
  }
};

/** Reads a users file. @throws Stop 78 where it cannot be read, and as `parseUsers` */
export const readUsers = async (file: string): Promise<Users> => parseUsers(await usersText(file), file);

/** What is known of a name: for a store's `lookup`. The identity is the name as the file has it. */
export const find = (users: Users, name: string): Found<string> | undefined => {
  const user = users.byName.get(nodeCrypto.prepare(name, "query") ?? "");
  return user === undefined ? undefined : { identity: user.name, verifiers: user.verifiers };
};

const KEY = /^[0-9a-f]{64}$/;

/**
 * The key that gives names that nobody has their salt. It must live as long as the users do, or a salt that changes over
 * a restart tells that there is no such user (A6): so it is kept in `FILE.key` beside them, made once; where that cannot
 * be written, it is derived of the users, and changes only when they do.
 */
export const falseSaltKey = async (file: string, users: Users): Promise<Uint8Array> => {
  const beside = `${file}.key`;
  try {
    await writeFile(beside, `${Buffer.from(nodeCrypto.random(32)).toString("hex")}\n`, { mode: 0o600, flag: "wx" });
  } catch (error) {
    if (systemCode(error) !== "EEXIST") return derived(users);
  }
  const kept = await readFile(beside, "utf8").then(
    (text) => text.trim(),
    () => "",
  );
  return KEY.test(kept) ? Uint8Array.from(Buffer.from(kept, "hex")) : derived(users);
};

const derived = (users: Users): Uint8Array => {
  const hmac = createHmac("sha256", "posthornd: salts of names that nobody has");
  for (const { name, verifiers } of users.byName.values()) hmac.update(`${formatUser(name, verifiers)}\n`);
  return Uint8Array.from(hmac.digest());
};
