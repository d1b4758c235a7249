// Ours: `createServer` with the nine extensions, strict, a sink that counts, synchronous hooks, nobody observing.
import { standardServer } from "@posthorn/esmtp";
import { nodeCrypto } from "@posthorn/node";
import { type Credentials, plain } from "@posthorn/sasl";
import { createServer, type Server } from "@posthorn/server";
import { type Counts, ready, wanted } from "../child.ts";

const { hooks = "sync", strictBdat = false, tls, login, shared = false, keeps = false } = wanted;
const counts: Counts = { messages: 0, octets: 0 };

const content = {
  transient: !keeps,
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

const common = {
  hostname: "ours.example",
  listeners: [{ role: "exchanger", tls: tls?.how ?? "none", port: 0 }],
  limits: { total: 0, perAddress: 0 },
  sharedReadBuffer: shared,
  ...(tls === undefined ? {} : { tls: { key: tls.key, cert: tls.cert } }),
} as const;
const hooked = hooks === "sync" ? sync : asynchronous;
const standard = { maxSize: 26_214_400, strictBdat };

const withLogin = ({ name, password }: { readonly name: string; readonly password: string }): Server => {
  const verify = (shown: Credentials): { readonly identity: string } | undefined =>
    "password" in shown && shown.name === name && shown.password === password ? { identity: name } : undefined;
  const auth = { mechanisms: [plain], crypto: nodeCrypto, server: { verify, inClear: true } };
  return createServer({ ...common, extensions: standardServer({ ...standard, auth }), hooks: hooked });
};

const server =
  login === undefined
    ? createServer({ ...common, extensions: standardServer(standard), hooks: hooked })
    : withLogin(login);
const [listening] = await server.listen();
if (listening !== undefined) ready(listening.port, counts);
