// Sessions that said EHLO and nothing more: what each keeps of resident memory. A fresh server every round, since memory
// that was taken is not given back; and each with a young generation of one size, which else grows by some 1.5 KiB a
// session while they come, and is nobody's session.
import { opening } from "../load/script.ts";
import { generator, hold, type Load } from "../load/generator.ts";
import { type Order, serve } from "../processes.ts";
import type { Contender, Setting, Work } from "../work.ts";

const script = { open: opening(), first: [], cycle: [], last: [], close: [], window: 1 };
const idle = (name: string, order: Order, sessions: number): Contender => ({
  name,
  async round() {
    const by = await generator();
    const served = await serve({ ...order, flags: ["--expose-gc", "--max-semi-space-size=1"] });
    try {
      const load = (count: number): Load => ({
        script,
        port: served.port,
        sessions: count,
        messages: 1,
        addresses: 50,
      });
      // What a process takes once, for its first thousand, is not theirs.
      return await hold(by, load(1000), async () => {
        const before = await served.usage();
        const after = await hold(by, load(sessions), () => served.usage());
        const cpu = (after.user + after.system - before.user - before.system) / sessions;
        return { cpu, memory: (after.rss - before.rss) / sessions, peak: after.peak };
      });
    } finally {
      await served.stop();
    }
  },
  stop: () => Promise.resolve(),
});

/** The work of sessions that idle. */
export const idleWorks: readonly Work[] = [
  {
    name: "idle",
    title: "idle session",
    unit: "session",
    weight: 6,
    warm: 0,
    rounds: 5,
    start({ against, ours }: Setting): Promise<Contender[]> {
      const sessions = 4000;
      const contenders = [
        idle("raw", { program: "servers/raw.ts" }, sessions),
        idle("ours", { program: "servers/ours.ts", tree: ours }, sessions),
        idle("smtp-server", { program: "servers/smtp-server.ts" }, sessions),
      ];
      if (against !== undefined)
        contenders.push(idle("against", { program: "servers/ours.ts", tree: against }, sessions));
      return Promise.resolve(contenders);
    },
  },
];
