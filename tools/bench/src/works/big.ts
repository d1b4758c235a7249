// Large messages: 20 MiB over four sessions, by DATA in base64 lines or with half the lines dotted, and by BDAT.
import { server, type Task } from "../contenders.ts";
import type { Wanted } from "../child.ts";
import { base64, dotted } from "../load/content.ts";
import { generator } from "../load/generator.ts";
import { bdat, pipelined, type Script } from "../load/script.ts";
import { type Contender, type Setting, taking, type Work } from "../work.ts";

const size = 20 * 1_048_576;

interface Big {
  readonly name: string;
  readonly title: string;
  readonly script: () => Script;
  readonly wanted?: Wanted;
  /** Messages for smtp-server, where it takes part: few where it is slow. */
  readonly theirs?: number;
  /** Whether our server is measured with a sink that keeps, and with one buffer for all reads, too. */
  readonly also?: boolean;
}

const big = ({ name, title, script, wanted = {}, theirs, also = false }: Big): Work => ({
  name,
  title,
  unit: "MiB",
  weight: 3,
  async start(setting: Setting): Promise<Contender[]> {
    const { amount, against, ours } = setting;
    const by = await generator();
    const played = script();
    const task = (most: number): Task => {
      const messages = Math.max(2, Math.round(most * amount.share));
      return { script: played, sessions: 4, messages, units: messages * 20 };
    };
    const contenders = [
      server("raw", { program: "servers/raw.ts" }, by, task(24)),
      server("ours", { program: "servers/ours.ts", wanted, tree: ours }, by, task(24)),
    ];
    if (also) {
      const others = [
        ["ours, kept", { ...wanted, keeps: true }],
        ["ours, one buffer", { ...wanted, shared: true }],
      ] as const;
      for (const [who, said] of others)
        contenders.push(server(who, { program: "servers/ours.ts", wanted: said, tree: ours }, by, task(24)));
    }
    if (theirs !== undefined)
      contenders.push(server("smtp-server", { program: "servers/smtp-server.ts" }, by, task(theirs)));
    if (against !== undefined)
      contenders.push(server("against", { program: "servers/ours.ts", wanted, tree: against }, by, task(24)));
    return taking(contenders, setting);
  },
});

/** The works with large messages. */
export const bigWorks: readonly Work[] = [
  big({ name: "big", title: "20 MiB base64, strict", script: () => pipelined(base64(size)), theirs: 8, also: true }),
  big({ name: "dotted", title: "20 MiB, half the lines dotted", script: () => pipelined(dotted(size)), theirs: 2 }),
  big({
    name: "bigbdat",
    title: "20 MiB by BDAT, line endings unchecked",
    script: () => bdat(base64(size), 1),
    also: true,
  }),
  big({
    name: "strictbdat",
    title: "20 MiB by BDAT, checked (`strictBdat`)",
    script: () => bdat(base64(size), 1),
    wanted: { strictBdat: true },
  }),
];
