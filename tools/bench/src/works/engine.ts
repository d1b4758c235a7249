// The dot engine in one process with a warm copy: nothing but octets, no sockets.
import { serve } from "../processes.ts";
import { hostile, ordinary } from "../engines/inputs.ts";
import type { Contender, Setting, Work } from "../work.ts";

const milliseconds = 60;

/** One process does them all, since each is to be compared with the others. */
async function engine(tree: string | undefined, names: readonly string[], prefix = ""): Promise<Contender[]> {
  const served = await serve({ program: "engines/dot.ts", tree });
  return names.map((name) => ({
    name: `${prefix}${name}`,
    round: () => served.perform({ name, port: 0, connections: 0, messages: milliseconds }),
    stop: () => served.stop(),
  }));
}

/** The works without sockets. */
export const engineWorks: readonly Work[] = [
  {
    name: "engine",
    title: "dot engine, strict",
    unit: "MiB",
    weight: 3,
    async start({ against, ours }: Setting): Promise<Contender[]> {
      const names = [...ordinary.keys(), ...hostile.keys()];
      const made = await engine(ours, ["memcpy", "indexOf", ...names]);
      return against === undefined ? made : [...made, ...(await engine(against, names, "against: "))];
    },
  },
];
