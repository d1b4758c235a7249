/** Configuration files: code that imports like ours, flags that win, mistakes by their key. */
import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, test } from "vitest";
import { settingsOf } from "../src/settings.ts";
import { filesIn, newFolder } from "./folder.ts";
import { run, start } from "./program.ts";
import { connect, deliver } from "./talk.ts";

const write = (text: string, name = "posthorn.config.ts"): string => {
  const file = path.join(newFolder(), name);
  writeFileSync(file, text);
  return file;
};

describe("a configuration", () => {
  test("composes an extension of the site and asks its hooks first", async () => {
    const file = write(`
      import { defineExtension, reply } from "@posthorn/contract";
      import { none } from "@posthorn/wire";
      import "@posthorn/data";
      import "@posthorn/ext-size";
      import { defineConfig } from "posthornd";
      import { refused } from "./names.ts";
      import { text } from "site-lib";

      const noSoliciting = defineExtension({
        keyword: "NO-SOLICITING", rfc: 3865, capability: none, server: { advertise: () => null },
      });

      export default defineConfig({
        listen: ["127.0.0.1:0"],
        domains: ["example.org"],
        maildir: "mail",
        extensions: [noSoliciting],
        without: ["chunking"],
        hooks: {
          recipient: ({ path }) => (path.local === refused ? reply(550, "5.1.1", text) : reply(250, "2.1.5", "Gladly")),
          message: ({ octets }) => (octets > 1000 ? reply(554, "5.6.0", "Too long for me") : undefined),
        },
      });
    `);
    const folder = path.dirname(file);
    writeFileSync(path.join(folder, "names.ts"), "export const refused: string = 'noreply';");
    mkdirSync(path.join(folder, "node_modules/site-lib"), { recursive: true });
    writeFileSync(path.join(folder, "node_modules/site-lib/index.mjs"), "export const text = 'Nobody reads this';");
    writeFileSync(
      path.join(folder, "node_modules/site-lib/package.json"),
      JSON.stringify({ name: "site-lib", exports: "./index.mjs" }),
    );
    const { port } = await start(["--config", file]);
    const talk = await connect(port, "");
    const offer = await talk.say("EHLO client.example");
    expect(offer).toContain("NO-SOLICITING");
    expect(offer).not.toContain("CHUNKING");
    expect(offer).not.toContain("BINARYMIME");
    await talk.say("MAIL FROM:<>");
    expect(await talk.say("RCPT TO:<noreply@example.org>")).toBe("550 5.1.1 Nobody reads this");
    expect(await talk.say("RCPT TO:<u@example.org>")).toBe("250 2.1.5 Gladly");
    expect(await talk.say("RCPT TO:<u@other.example>")).toMatch(/^550 5\.7\.1/);
    await talk.say("RSET");
    expect(await deliver(talk, { content: `${"x".repeat(2000)}\r\n` })).toBe("554 5.6.0 Too long for me");
    expect(filesIn(path.join(folder, "mail"))).toEqual([]);
    expect(await deliver(talk)).toMatch(/^250/);
    expect(filesIn(path.join(folder, "mail"))).toHaveLength(1);
  });

  test("yields to flags", async () => {
    const file = write("export default { listen: ['127.0.0.1:1'], hostname: 'a.example', limits: { recipients: 1 } };");
    const args = [
      "--config",
      file,
      "--max-size",
      "60",
      "--listen",
      "127.0.0.1:0",
      "--hostname",
      "b.example",
      "--limit",
      "received=0",
    ];
    const { port } = await start(args);
    const talk = await connect(port, "");
    expect(await talk.say("EHLO client.example")).toMatch(/^250-b\.example/);
    expect(await talk.say("MAIL FROM:<> SIZE=61")).toMatch(/^552 5\.3\.4/);
    await talk.say("MAIL FROM:<>");
    expect(await talk.say("RCPT TO:<u@example.org>")).toMatch(/^250/);
    expect(await talk.say("RCPT TO:<v@example.org>")).toMatch(/^452 4\.5\.3/);
    await talk.say("RSET");
    expect(await deliver(talk, { content: `${"x".repeat(59)}\r\n` })).toMatch(/^552 5\.3\.4/);
    expect(await deliver(talk, { content: "Received: x\r\n\r\n" })).toMatch(/^554 5\.4\.6/);
  });

  test("that gives a sink of its own gets the content too, and may refuse it", async () => {
    const file = write(`
      import { reply } from "@posthorn/contract";
      import { defineConfig } from "posthornd";
      export default defineConfig({
        listen: ["127.0.0.1:0"], maildir: "mail",
        hooks: {
          content() {
            let text = "";
            return {
              write: async (octets) => { text += Buffer.from(octets).toString("latin1"); return true; },
              end: () => (text.includes("EICAR") ? reply(550, "5.7.1", "A virus") : undefined),
            };
          },
        },
      });
    `);
    const { port } = await start(["--config", file]);
    const talk = await connect(port);
    expect(await deliver(talk, { content: "EICAR\r\n" })).toBe("550 5.7.1 A virus");
    expect(await deliver(talk, { content: "x\r\n" })).toMatch(/^250/);
    expect(filesIn(path.join(path.dirname(file), "mail"))).toHaveLength(1);
  });

  test("whose sink never lets go does not keep the program: a second signal ends it", async () => {
    const file = write(`
      export default {
        listen: ["127.0.0.1:0"],
        hooks: { content: () => ({ write: () => true, abort: () => new Promise(() => undefined) }) },
      };
    `);
    const { port, kill, ended, records } = await start(["--config", file]);
    const talk = await connect(port);
    for (const line of ["MAIL FROM:<>", "RCPT TO:<u@example.org>", "DATA"]) await talk.say(line);
    kill("SIGTERM");
    await records("stopping");
    kill("SIGTERM");
    expect((await ended).status).toBe(0);
  });

  test("with a store that knows passwords can offer CRAM-MD5", async () => {
    const file = write(`
      import { defineConfig } from "posthornd";
      export default defineConfig({
        listen: ["127.0.0.1:0"], authInClear: true,
        store: { serves: ["secret", "password"], lookup: () => undefined, verify: ({ name }) => name },
      });
    `);
    const { port } = await start(["--config", file]);
    const talk = await connect(port, "");
    expect(await talk.say("EHLO client.example")).toMatch(/AUTH .*CRAM-MD5.*PLAIN/);
  });
});

describe("a mistake in a configuration", () => {
  test.each([
    ["export default { maildirs: 'x' };", "maildirs: there is no such key: the keys are hostname, domains"],
    ["export default { maildir: 7 };", "maildir: expected the name of a file"],
    ["export default { limits: { speed: 1 } };", "limits.speed: there is no such limit: the limits are total"],
    ["export default { limits: { total: '1' } };", "limits.total: expected a number, 0 or more"],
    ["export default { listen: ['127.0.0.1:0', '25'] };", "listen.1: expected HOST:PORT"],
    ["export default { hooks: { recipients() {} } };", "hooks: expected no hooks but connection"],
    ["export default { extensions: [{}] };", "extensions.0: expected an extension, made by defineExtension"],
    ["export default { without: ['X'] };", 'without: there is no extension "X"'],
    ["export default { users: 'u', store: { verify() {} } };", "store: users come from a store or from a file"],
    ["export default 7;", "expected an object, as defineConfig takes it"],
    ["export const x = 1;", 'it must have "export default defineConfig({ … })"'],
    ["throw new Error('two\\nlines');", "two lines"],
    ["import 'nonexistent-package';", "Cannot find package 'nonexistent-package'"],
  ])("%s", async (text, message) => {
    const stop = await settingsOf({}, write(text)).then(
      () => undefined,
      (error: unknown) => error,
    );
    expect(stop).toMatchObject({ exit: 78, message: expect.stringContaining(message) });
    expect(stop).toMatchObject({ message: expect.not.stringContaining("\n") });
  });

  test("is also a file that is not there", async () => {
    await expect(settingsOf({}, "/nonexistent/posthorn.config.ts")).rejects.toMatchObject({
      exit: 78,
      message: "config: /nonexistent/posthorn.config.ts: there is no such file",
    });
  });

  test("that only shows in the composition is one line too", async () => {
    const file = write(
      "import { pipelining } from '@posthorn/ext-pipelining'; export default { extensions: [pipelining()] };",
    );
    const { status, out, err } = await run(["--config", file, "--check-config"]);
    expect({ status, out }).toEqual({ status: 78, out: "" });
    expect(err).toMatch(/^posthornd: extensions: .*PIPELINING.*\n$/);
  });
});
