// The limit of a client: node:net, canned commands, replies counted by their line feeds. MAIL, RCPT and DATA in one
// write, the content and its dot in another.
import { connect, type Socket } from "node:net";
import { perform } from "../child.ts";
import { base64 } from "../load/content.ts";

const group = Buffer.from("MAIL FROM:<sender@load.example>\r\nRCPT TO:<recipient0@bench.example>\r\nDATA\r\n");
const content = Buffer.concat([base64(4096), Buffer.from(".\r\n")]);

class Client {
  readonly socket: Socket;
  due = 0;
  next: () => void = () => {};

  constructor(port: number) {
    this.socket = connect({ host: "127.0.0.1", port, noDelay: true });
    this.socket.on("data", (chunk: Buffer) => {
      for (const octet of chunk) if (octet === 10) this.due--;
      if (this.due === 0) this.next();
    });
  }

  /** Says hello: the reply's last line has a space behind its code. */
  async hello(): Promise<void> {
    this.socket.write("EHLO load.example\r\n");
    let said = "";
    await new Promise<void>((resolve) => {
      this.due = Number.POSITIVE_INFINITY;
      const hear = (chunk: Buffer): void => {
        said += chunk.toString("latin1");
        if (!/^250 /m.test(said)) return;
        this.socket.off("data", hear);
        resolve();
      };
      this.socket.on("data", hear);
    });
  }

  run(more: () => boolean): Promise<void> {
    return new Promise((resolve, reject) => {
      this.socket.once("error", reject);
      const taken = (): void => {
        if (!more()) return resolve();
        this.due = 3;
        this.next = go;
        this.socket.write(group);
      };
      const go = (): void => {
        this.due = 1;
        this.next = taken;
        this.socket.write(content);
      };
      taken();
    });
  }
}

let clients: readonly Client[] | undefined;

perform(async ({ port, connections, messages }) => {
  if (clients === undefined) {
    clients = Array.from({ length: connections }, () => new Client(port));
    await Promise.all(clients.map((client) => client.hello()));
  }
  let left = messages;
  await Promise.all(clients.map((client) => client.run(() => left-- > 0)));
  return messages;
});
