/** The users file: names as they are compared, mistakes by their line, a key of false salts that stays. */
import { readFileSync, statSync, writeFileSync } from "node:fs";
import path from "node:path";
import { nodeCrypto } from "@posthorn/node";
import { formatVerifiers, verifiers } from "@posthorn/sasl";
import { describe, expect, test } from "vitest";
import { accountsOfFile } from "../src/accounts.ts";
import { falseSaltKey, find, parseUsers, readUsers } from "../src/users.ts";
import { newFolder } from "./folder.ts";

const line = async (name: string, password = "secret"): Promise<string> =>
  `${name}:${formatVerifiers(await verifiers(password, { rounds: 4096 }, nodeCrypto))}`;

describe("a users file", () => {
  test("has names as RFC 4013 prepares them, comments and empty lines", async () => {
    const users = parseUsers(`# ours\r\n\r\n${await line("tim")}\n${await line("\u2168\u00ad")}\n`, "users");
    expect(users.byName.size).toBe(2);
    expect(find(users, "IX")?.identity).toBe("\u2168\u00ad");
    expect(find(users, "tim")?.verifiers?.map(({ hash }) => hash)).toEqual(["sha256", "sha1"]);
    expect(users.rounds).toBe(4096);
    for (const nobody of ["TIM", "", "\u0007", "__proto__"]) expect(find(users, nobody)).toBeUndefined();
  });

  test("names the line of a mistake", async () => {
    const tim = await line("tim");
    for (const [text, wrong] of [
      ["tim:secret", "line 1: not of the form name:verifiers"],
      [`${tim}\n${await line("tim")}`, "line 2: this name stands twice"],
      [`\n${tim.replace("tim", "a\u06271")}`, "line 2: RFC 4013"],
    ] as const) {
      expect(() => parseUsers(text, "users")).toThrow(wrong);
    }
    await expect(readUsers("/nonexistent/users")).rejects.toThrow("users: ENOENT");
  });

  test("is read again when told, and a wrong one changes nothing", async () => {
    const file = path.join(newFolder(), "users");
    const signal = new AbortController().signal;
    writeFileSync(file, await line("tim"));
    const accounts = await accountsOfFile(file, true);
    writeFileSync(file, await line("tom"));
    await accounts.reload();
    expect(await accounts.store.lookup?.("tim", "", signal)).toBeUndefined();
    expect(await accounts.store.lookup?.("tom", "", signal)).toBeDefined();
    writeFileSync(file, "nonsense");
    await expect(accounts.reload()).rejects.toThrow("line 1");
    expect(await accounts.store.lookup?.("tom", "", signal)).toBeDefined();
  });

  test("checks passwords by its verifiers", async () => {
    const file = path.join(newFolder(), "users");
    writeFileSync(file, await line("tim", "right"));
    const { store } = await accountsOfFile(file, true);
    const signal = new AbortController().signal;
    const asked = (name: string, password: string) =>
      store.verify?.({ type: "password", mechanism: "PLAIN", name, password }, signal);
    expect(await asked("tim", "right")).toBe("tim");
    expect(await asked("tim", "wrong")).toBeUndefined();
    expect(await asked("tom", "right")).toBeUndefined();
  });
});

describe("the key of false salts", () => {
  test("is kept beside the users, privately", async () => {
    const file = path.join(newFolder(), "users");
    const users = parseUsers(await line("tim"), file);
    const key = await falseSaltKey(file, users);
    expect(await falseSaltKey(file, users)).toEqual(key);
    expect(await falseSaltKey(file, parseUsers(await line("tom"), file))).toEqual(key);
    expect(statSync(`${file}.key`).mode & 0o777).toBe(0o600);
    expect(readFileSync(`${file}.key`, "utf8").trim()).toBe(Buffer.from(key).toString("hex"));
  });

  test("is derived of the users where it cannot be kept", async () => {
    const users = parseUsers(await line("tim"), "users");
    const key = await falseSaltKey("/nonexistent/users", users);
    expect(key).toHaveLength(32);
    expect(await falseSaltKey("/nonexistent/users", users)).toEqual(key);
    expect(await falseSaltKey("/nonexistent/users", parseUsers(await line("tom"), "users"))).not.toEqual(key);
  });
});
