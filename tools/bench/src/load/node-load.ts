// The generator for want of a compiler: plays the same scripts by the same options as load/main.c, on Node, and says the
// same at its end. It costs more than some of the servers that it measures, which is why figures made with it are marked.
import { readFileSync } from "node:fs";
import process from "node:process";
import { parseArgs } from "node:util";
import { decodeScript } from "./script.ts";
import { Player } from "./player.ts";

const text = { type: "string" } as const;
const flag = { type: "boolean", default: false } as const;
const { values } = parseArgs({
  options: {
    script: text,
    port: text,
    host: text,
    sessions: text,
    messages: text,
    window: text,
    each: text,
    addresses: text,
    limit: text,
    hold: flag,
    resume: flag,
  },
});
const count = (given: string | undefined, otherwise: number): number => Number(given ?? otherwise);

setTimeout(() => process.exit(1), count(values.limit, 120) * 1000).unref();

const player = new Player({
  script: decodeScript(readFileSync(values.script ?? ""), count(values.window, 1)),
  host: values.host ?? "127.0.0.1",
  port: count(values.port, 0),
  sessions: count(values.sessions, 1),
  messages: count(values.messages, 1),
  each: count(values.each, Number.POSITIVE_INFINITY),
  addresses: count(values.addresses, 1),
  hold: values.hold,
  resume: values.resume,
});

try {
  const began = performance.now();
  if (values.hold) {
    await player.held;
    process.stdout.write("ready\n");
    process.stdin.resume().once("end", () => process.exit(0));
  }
  const seen = await player.played();
  const { user, system } = process.cpuUsage();
  const times = { seconds: (performance.now() - began) / 1000, cpu: (user + system) / 1e6 };
  process.stdout.write(`${JSON.stringify({ ...seen, ...times })}\n`);
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
}
