// From the shell: how long a program takes from its start to its end, alone and with one small message to a local server.
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { programs } from "@posthorn/demo";
import { base64 } from "../load/content.ts";
import { installed } from "../peers/external.ts";
import { scratch, sources } from "../places.ts";
import { run, serve } from "../processes.ts";
import type { Contender, Setting, Work } from "../work.ts";

const command = (name: string, file: string, args: readonly string[]): Contender => ({
  name,
  async round() {
    const { code, seconds, stderr } = await run(file, args, 20);
    if (code !== 0) throw new Error(stderr.trim().split("\n").at(-1) ?? "failed");
    return { wall: seconds * 1000 };
  },
  stop: () => Promise.resolve(),
});

const envelope = ["--from", "sender@load.example", "--to", "recipient0@bench.example"];

/** The work of starting. */
export const startWorks: readonly Work[] = [
  {
    name: "start",
    title: "start",
    unit: "run",
    weight: 2,
    async start({ lack }: Setting): Promise<Contender[]> {
      const sink = await serve({ program: "servers/ours.ts" });
      const { port } = sink;
      const file = join(scratch(), "message.eml");
      writeFileSync(file, `Subject: bench\r\n\r\n${Buffer.from(base64(512)).toString()}`);
      const node = process.execPath;
      const taking = [
        { ...command("node, nothing", node, ["-e", "0"]), stop: () => sink.stop() },
        command("nodemailer, one message", node, [join(sources, "clients/once.mjs"), String(port), file]),
      ];
      if (existsSync(programs.posthorn)) {
        const where = ["--server", `127.0.0.1:${port}`, "--helo", "load.example", "--data", file];
        taking.push(command("posthorn --version", node, [programs.posthorn, "--version"]));
        taking.push(command("posthorn send", node, [programs.posthorn, "send", ...where, ...envelope]));
      } else lack("posthorn", "it has not been built");
      const swaks = installed("swaks");
      const silent = ["--server", "127.0.0.1", "--port", String(port), "--data", `@${file}`, "--silent", "3"];
      if (swaks === undefined) lack("swaks", "it is not installed");
      else taking.push(command("swaks", swaks, [...silent, ...envelope]));
      return taking;
    },
  },
];
