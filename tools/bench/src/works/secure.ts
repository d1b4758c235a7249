// TLS and AUTH: messages over TLS, handshakes by STARTTLS, full and resumed, and logins by PLAIN.
import type { Wanted } from "../child.ts";
import { certificate } from "../certificate.ts";
import { server, type Task } from "../contenders.ts";
import { base64 } from "../load/content.ts";
import { generator, tlsGenerator } from "../load/generator.ts";
import { opening, pipelined, say, type Script, visit } from "../load/script.ts";
import { type Contender, type Setting, taking, type Work } from "../work.ts";

const login = { name: "tim", password: "tanstaaf" };
const plain = Buffer.from(`\0${login.name}\0${login.password}`).toString("base64");

interface Secure {
  readonly name: string;
  readonly title: string;
  readonly unit: string;
  readonly script: Script;
  readonly how?: "implicit" | "starttls";
  readonly wanted?: Wanted;
  readonly task: Omit<Task, "script">;
  /** The share of it that smtp-server gets. */
  readonly share: number;
}

const secure = ({ name, title, unit, script, how, wanted = {}, task, share }: Secure): Work => ({
  name,
  title,
  unit,
  weight: 4,
  // Few messages a round, and a handshake is much code to compile.
  ...(task.visits === true ? { warm: 4 } : {}),
  async start(setting: Setting): Promise<Contender[]> {
    const { amount, against, ours, peers } = setting;
    const by = how === undefined ? await generator() : tlsGenerator(await generator());
    const asked = how === undefined ? wanted : { ...wanted, tls: { how, ...(await certificate()) } };
    const some = (part: number): Task => ({
      script,
      ...task,
      messages: Math.round(task.messages * amount.share * part),
    });
    const contenders = [
      server("raw", { program: "servers/raw.ts", wanted: asked }, by, some(1)),
      server("ours", { program: "servers/ours.ts", wanted: asked, tree: ours }, by, some(1)),
    ];
    if (peers !== "none")
      contenders.push(server("smtp-server", { program: "servers/smtp-server.ts", wanted: asked }, by, some(share)));
    if (against !== undefined)
      contenders.push(server("against", { program: "servers/ours.ts", wanted: asked, tree: against }, by, some(1)));
    return taking(contenders, setting);
  },
});

const handshakes = { unit: "handshake", script: visit(opening("starttls")), how: "starttls", share: 1 } as const;
const oneEach = { sessions: 100, messages: 1200, each: 1, addresses: 50, visits: true } as const;

/** The works with TLS, and AUTH. */
export const secureWorks: readonly Work[] = [
  secure({
    name: "tls",
    title: "4 KiB over TLS, pipelined",
    unit: "message",
    script: pipelined(base64(4096), 1, opening("implicit")),
    how: "implicit",
    task: { sessions: 20, messages: 20_000 },
    share: 0.3,
  }),
  secure({ ...handshakes, name: "starttls", title: "STARTTLS, full handshakes", task: oneEach }),
  secure({
    ...handshakes,
    name: "resumed",
    title: "STARTTLS, resumed handshakes",
    task: { ...oneEach, resume: true },
  }),
  secure({
    name: "auth",
    title: "AUTH PLAIN, one a connection",
    unit: "login",
    script: visit(opening("none", [say(`AUTH PLAIN ${plain}\r\n`, 235)])),
    wanted: { login },
    task: { sessions: 100, messages: 3000, each: 1, addresses: 50, visits: true },
    share: 0.5,
  }),
];
