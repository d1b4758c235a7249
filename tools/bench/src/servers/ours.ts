// Ours: `createServer` with the nine extensions, strict, a sink that counts, synchronous hooks, nobody observing.
import { standardServer } from "@posthorn/esmtp";
import { createServer } from "@posthorn/server";
import { type Counts, ready, wanted } from "../child.ts";

const { hooks = "sync", strictBdat = false } = wanted;
const counts: Counts = { messages: 0, octets: 0 };

const content = {
  write: (octets: Uint8Array): void => {
    counts.octets += octets.length;
  },
  end: (): undefined => {
    counts.messages++;
    return undefined;
  },
};

const sync = { mail: () => undefined, recipient: () => undefined, content: () => content };
const asynchronous = { mail: async () => undefined, recipient: async () => undefined, content: () => content };

const server = createServer({
  hostname: "ours.example",
  extensions: standardServer({ maxSize: 26_214_400, strictBdat }),
  listeners: [{ role: "exchanger", tls: "none", port: 0 }],
  limits: { total: 0, perAddress: 0 },
  hooks: hooks === "sync" ? sync : asynchronous,
});
const [listening] = await server.listen();
if (listening !== undefined) ready(listening.port, counts);
