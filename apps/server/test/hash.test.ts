/** `posthornd hash` on a terminal: it asks, shows nothing of what is typed, and takes no for an answer. */
import { PassThrough } from "node:stream";
import { nodeCrypto } from "@posthorn/node";
import { parseUser, verifyByLookup } from "@posthorn/sasl";
import { expect, test } from "vitest";
import { hash } from "../src/hash.ts";

/** What comes of these keys, and what is on the terminal then. */
const type = async (keys: string): Promise<{ readonly printed: string; readonly shown: string }> => {
  const input = Object.assign(new PassThrough(), { isTTY: true });
  const output = new PassThrough();
  const printed = hash(input, output).catch((error: unknown) => String(error));
  input.end(keys);
  return { printed: await printed, shown: String(output.read()) };
};

test("a password is asked for, and not shown", async () => {
  const { printed, shown } = await type("open sesame\r");
  expect(shown).toBe("Password: \n");
  const verifiers = parseUser(`tim:${printed}`)?.verifiers ?? [];
  const verify = verifyByLookup(() => ({ identity: "tim", verifiers }), nodeCrypto);
  const { signal } = new AbortController();
  expect(await verify({ type: "password", name: "tim", password: "open sesame", mechanism: "PLAIN" }, signal)).toBe(
    "tim",
  );
});

test.each(["", "half\u0003", "\u0004"])("keys %j are no password", async (keys) => {
  expect(await type(keys)).toEqual({ printed: "Stop: hash: no password was given", shown: "Password: \n" });
});
