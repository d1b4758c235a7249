/** What a configuration says beside options: certificates by name, certificates of clients, and how strict to be. */
import { writeFileSync } from "node:fs";
import { connect as dial } from "node:net";
import path from "node:path";
import { generate } from "selfsigned";
import { expect, test } from "vitest";
import { createLog } from "../src/log.ts";
import { check } from "../src/serve.ts";
import { settingsOf } from "../src/settings.ts";
import { newFolder } from "./folder.ts";
import { start } from "./program.ts";
import { connect, deliver, Talk } from "./talk.ts";

const SILENT = await createLog("off");

interface Pair {
  readonly cert: string;
  readonly key: string;
}

/** A certificate in two files, `NAME.cert` and `NAME.key`. */
const write = async (folder: string, name: string): Promise<Pair> => {
  const made = await generate([{ name: "commonName", value: name }], { keyType: "ec", curve: "P-256" });
  writeFileSync(path.join(folder, `${name}.cert`), made.cert);
  writeFileSync(path.join(folder, `${name}.key`), made.private);
  return { cert: made.cert, key: made.private };
};

const configure = (folder: string, keys: string): string => {
  const file = path.join(folder, "posthorn.config.ts");
  writeFileSync(file, `export default { listen: ["127.0.0.1:0"], ${keys} };`);
  return file;
};

/** The common name of the certificate that is shown to who asks for `servername`. */
const shown = async (port: number, servername: string): Promise<string | undefined> => {
  const talk = await connect(port);
  await talk.say("STARTTLS");
  const socket = await talk.secure({ servername });
  return socket.getPeerX509Certificate()?.subject;
};

test("a certificate for each name that clients ask for, read again on SIGHUP", async () => {
  const folder = newFolder();
  for (const name of ["mx.example.org", "other.example"]) await write(folder, name);
  const file = configure(
    folder,
    `tlsCert: "mx.example.org.cert", tlsKey: "mx.example.org.key",
     tlsNames: { "*.bücher.example": { cert: "other.example.cert", key: "other.example.key" } }`,
  );
  const { port, kill, records } = await start(["--config", file]);
  expect(await shown(port, "mx.xn--bcher-kva.example")).toBe("CN=other.example");
  expect(await shown(port, "elsewhere.example")).toBe("CN=mx.example.org");
  const { cert, key } = await write(folder, "third.example");
  writeFileSync(path.join(folder, "other.example.cert"), cert);
  writeFileSync(path.join(folder, "other.example.key"), key);
  kill("SIGHUP");
  await records("reloaded");
  expect(await shown(port, "mx.xn--bcher-kva.example")).toBe("CN=third.example");
});

test("certificates of clients: who must have one and has none is let go; one that is verified proves who is there", async () => {
  const folder = newFolder();
  const { cert, key } = await write(folder, "tim");
  const file = configure(
    folder,
    `tlsClients: { ca: "tim.cert", require: true },
     store: { serves: ["external"], verify: ({ name }) => name }`,
  );
  const { port, records } = await start(["--config", file]);
  const nobody = await connect(port);
  await nobody.say("STARTTLS");
  await nobody.secure({ maxVersion: "TLSv1.2" }).catch(() => undefined);
  expect(await records("closed")).toMatchObject([{ reason: "tls" }]);
  const tim = await connect(port);
  await tim.say("STARTTLS");
  await tim.secure({ cert, key });
  expect(await tim.say("EHLO client.example")).toMatch(/AUTH .*EXTERNAL/);
  expect(await tim.say("AUTH EXTERNAL =")).toMatch(/^235/);
  expect(await records("tls")).toMatchObject([{ peer: "tim" }]);
  expect(await records("auth")).toMatchObject([{ ok: true, mechanism: "EXTERNAL", user: "tim" }]);
});

test("the longest line of content, refusals of AUTH, talk before the greeting", async () => {
  const file = configure(
    newFolder(),
    `limits: { line: 1000, authFailures: 1 }, earlyTalk: "refuse", exempt: () => false, authInClear: true,
     store: { verify: () => undefined }`,
  );
  const { port } = await start(["--config", file, "--limit", "authDelay=0"]);
  const early = new Talk(dial(port, "127.0.0.1"));
  early.send("EHLO client.example\r\n");
  expect(await early.reply()).toBe("554 A client waits for the greeting");
  const talk = await connect(port);
  expect(await deliver(talk, { content: `${"x".repeat(998)}\r\n` })).toMatch(/^250/);
  expect(await deliver(talk, { content: `${"x".repeat(999)}\r\n` })).toMatch(/^550 5\.6\.0/);
  expect(await talk.say("AUTH PLAIN AHRpbQB4")).toMatch(/^421/);
});

test.each([
  ["tlsNames: { 'a b': { cert: 'x', key: 'y' } }", "tlsNames.a b: expected a domain, such as"],
  ["tlsNames: { 'a.example': { cert: 'x' } }", "tlsNames.a.example.key: expected { cert, key }"],
  ["tlsNames: { 'a.example': { cert: 'x', key: 'y' } }", "tlsNames.a.example.cert: ENOENT"],
  ["tlsClients: { ca: 'x' }", "tlsClients.ca: ENOENT"],
  ["tlsClients: { ca: 'posthorn.config.ts' }", "tlsClients.ca: "],
  ["limits: { line: 999 }", "limits: line: 1000 octets or more, or 0 for any"],
  ["earlyTalk: 'drop'", "earlyTalk: expected serve or refuse"],
])("a mistake is one line with its key: %s", async (keys, message) => {
  const judge = async (): Promise<void> => check(await settingsOf({}, configure(newFolder(), keys)), SILENT);
  const stop = await judge().catch((error: unknown) => error);
  expect(stop).toMatchObject({ exit: 78, message: expect.stringContaining(message) });
  expect(stop).toMatchObject({ message: expect.not.stringContaining("\n") });
});
