// Small messages: 4 KiB of base64 lines, as many ways as there are to send them.
import { server } from "../contenders.ts";
import { base64 } from "../load/content.ts";
import { generator } from "../load/generator.ts";
import { bdat, glued, lockstep, pipelined, type Script } from "../load/script.ts";
import type { Wanted } from "../child.ts";
import type { Contender, Setting, Work } from "../work.ts";

const content = base64(4096);

interface Small {
  readonly name: string;
  readonly title: string;
  readonly script: Script;
  readonly messages: number;
  readonly sessions?: number;
  readonly each?: number;
  readonly recipients?: number;
  readonly wanted?: Wanted;
}

const small = ({ name, title, script, messages, sessions = 20, each, recipients = 1, wanted = {} }: Small): Work => ({
  name,
  title,
  unit: "message",
  weight: 2,
  async start({ amount, against, ours }: Setting): Promise<Contender[]> {
    const by = await generator();
    const addresses = each === undefined ? undefined : 50;
    const task = { script, sessions, messages: Math.round(messages * amount.share), each, addresses };
    const contenders = [
      server("raw", { program: "servers/raw.ts", wanted: { recipients } }, by, task),
      server("ours", { program: "servers/ours.ts", wanted, tree: ours }, by, task),
    ];
    if (against !== undefined)
      contenders.push(server("against", { program: "servers/ours.ts", wanted, tree: against }, by, task));
    return Promise.all(contenders);
  },
});

/** The works with small messages. */
export const smallWorks: readonly Work[] = [
  small({ name: "lockstep", title: "4 KiB lockstep, 20 sessions", script: lockstep(content), messages: 20_000 }),
  small({ name: "pipelined", title: "4 KiB pipelined", script: pipelined(content), messages: 30_000 }),
  small({ name: "glued", title: "glued", script: glued(content), messages: 40_000 }),
  small({ name: "bdat", title: "BDAT with four messages in flight", script: bdat(content), messages: 60_000 }),
  small({
    name: "recipients",
    title: "50 recipients, pipelined",
    script: pipelined(content, 50),
    messages: 10_000,
    recipients: 50,
  }),
  small({
    name: "oneshot",
    title: "one message a connection",
    script: pipelined(content),
    messages: 6000,
    each: 1,
  }),
  small({
    name: "hooks",
    title: "two async hooks, pipelined",
    script: pipelined(content),
    messages: 30_000,
    wanted: { hooks: "async" },
  }),
];
