// Our client: ten connections that send one message after the other (`lines`: by DATA, `chunks`: by BDAT where it is
// offered), or a pool of ten (`pool`).
import { type Connection, connect, createPool, type Mail, type Outcome } from "@posthorn/client";
import { perform } from "../child.ts";
import { base64 } from "../load/content.ts";

const mail: Mail = { from: "sender@load.example", to: ["recipient0@bench.example"], content: base64(4096) };

const counted = ({ accepted }: Outcome): void => {
  if (accepted.length !== 1) throw new Error("not accepted");
};

type Send = () => Promise<Outcome>;

const senders = new Map<string, readonly Send[]>();

const overConnections = (connections: readonly Connection[]): readonly Send[] =>
  connections.map((connection) => () => connection.send(mail));

/** As many senders as there are connections, kept from one job to the next. */
async function sendersOf(name: string, port: number, count: number): Promise<readonly Send[]> {
  const known = senders.get(name);
  if (known !== undefined) return known;
  const options = { host: "127.0.0.1", port, name: "load.example", tls: "none" } as const;
  let made: readonly Send[];
  if (name === "pool") {
    const pool = createPool({ ...options, max: count });
    made = Array.from({ length: count }, () => () => pool.send(mail));
  } else {
    const without = name === "lines" ? ["CHUNKING"] : [];
    const dialled = Array.from({ length: count }, () => connect({ ...options, without }));
    made = overConnections(await Promise.all(dialled));
  }
  senders.set(name, made);
  return made;
}

perform(async ({ name, port, connections, messages }) => {
  let left = messages;
  const work = async (send: Send): Promise<void> => {
    // oxlint-disable-next-line no-await-in-loop -- one after the other
    while (left-- > 0) counted(await send());
  };
  await Promise.all((await sendersOf(name, port, connections)).map(work));
  return messages;
});
