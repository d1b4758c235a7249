/** The example of the guide: it is example.ts, which is type checked, and it runs as it stands. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { dial, ENVELOPE } from "../support.ts";
import { newFolder, until } from "./run.ts";

const code = readFileSync(new URL("./example.ts", import.meta.url), "utf8");
const guide = readFileSync(join(import.meta.dirname, "../../../../docs/guides/server.md"), "utf8");

test("is what the guide shows", () => {
  expect(guide).toContain(`\`\`\`ts no-run\n${code}\`\`\`\n`);
});

test("serves by two processes and ends", async () => {
  // JavaScript as it stands, in a folder that has our packages; only the port is any.
  const folder = newFolder();
  const file = join(folder, "server.mjs");
  mkdirSync(join(folder, "node_modules/@posthorn"), { recursive: true });
  for (const name of ["server", "esmtp"])
    symlinkSync(join(import.meta.dirname, "../../..", name), join(folder, "node_modules/@posthorn", name), "dir");
  writeFileSync(file, code.replace("port: 2525", "port: 0"));
  const child = spawn(process.execPath, ["--conditions=@posthorn/source", file], {
    stdio: ["ignore", "pipe", "inherit"],
    env: { ...process.env, NODE_OPTIONS: "" },
  });
  onTestFinished(() => void child.kill("SIGKILL"));
  let out = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => (out += text));
  await until(() => out.includes("\n"), "the first line");
  const port = Number(/"port":(\d+)/.exec(out)?.[1]);
  const raws = await Promise.all([dial(port), dial(port)]);
  for (const raw of raws) {
    await raw.reply();
    expect(await raw.codes(["EHLO c.example", ...ENVELOPE, "DATA"])).toEqual(["250", "250", "250", "354"]);
    expect(await raw.ask("Hello\r\n.")).toMatch(/^250 2\.0\.0 /);
    raw.socket.destroy();
  }
  const closed = once(child, "close");
  child.kill("SIGTERM");
  expect(await closed).toEqual([0, null]);
  expect(new Set([...out.matchAll(/process (\d+) took/g)].map(([, pid]) => pid)).size).toBe(2);
});
