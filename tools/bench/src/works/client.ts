// Clients, ten connections, 4 KiB messages, against our server in another process, which offers all there is.
import { client } from "../contenders.ts";
import { serve } from "../processes.ts";
import { type Contender, type Setting, taking, type Work } from "../work.ts";

/** The work of clients. */
export const clientWorks: readonly Work[] = [
  {
    name: "client",
    title: "client, 4 KiB, 10 connections",
    unit: "message",
    weight: 4,
    async start(setting: Setting): Promise<Contender[]> {
      const { amount, against, ours } = setting;
      const sink = await serve({ program: "servers/ours.ts" });
      const messages = Math.round(20_000 * amount.share);
      const job = (name: string, share = 1) =>
        ({ name, port: sink.port, connections: 10, messages: Math.round(messages * share) }) as const;
      const ourClient = { program: "clients/ours.ts", tree: ours };
      const contenders = [
        client("raw", { program: "clients/raw.ts" }, job("raw", 2)),
        client("ours, DATA", ourClient, job("lines")),
        client("ours, BDAT", ourClient, job("chunks")),
        client("ours, pool", ourClient, job("pool")),
        client("nodemailer", { program: "clients/nodemailer.ts" }, job("nodemailer", 0.3)),
      ];
      if (against !== undefined) {
        const other = { program: "clients/ours.ts", tree: against };
        contenders.push(client("against, DATA", other, job("lines")));
        contenders.push(client("against, pool", other, job("pool")));
      }
      const [first, ...others] = await taking(contenders, setting);
      return first === undefined ? [] : [{ ...first, stop: () => first.stop().then(() => sink.stop()) }, ...others];
    },
  },
];
