/** A raw client for tests: writes octets, reads replies whole, and sees how the connection ends. */
import { connect, type NetConnectOpts, type Socket } from "node:net";
import {
  type Hooks,
  type Listener,
  type Listening,
  type Observation,
  type Server,
  type ServerOptions,
  createServer,
} from "@posthorn/server";
import { standardServer, type Standard } from "@posthorn/esmtp";
import { generate } from "selfsigned";

export interface Certificate {
  readonly key: string;
  readonly cert: string;
}

/** A self-signed certificate, P-256. */
export const certificate = async (name: string): Promise<Certificate> => {
  const made = await generate([{ name: "commonName", value: name }], { keyType: "ec", curve: "P-256" });
  return { key: made.private, cert: made.cert };
};

/** A peer that speaks raw octets. */
export class Raw {
  text = "";
  ended = false;
  closed = false;
  error: Error | undefined;
  socket: Socket;
  #waiters: (() => void)[] = [];

  constructor(socket: Socket) {
    this.socket = socket;
    this.adopt(socket);
  }

  /** Goes on with another socket: TLS over the first. */
  adopt(socket: Socket): void {
    this.socket = socket;
    socket.on("data", (chunk: Buffer) => {
      this.text += chunk.toString("latin1");
      this.#wake();
    });
    socket.on("end", () => {
      this.ended = true;
      this.#wake();
    });
    socket.on("close", () => {
      this.closed = true;
      this.#wake();
    });
    socket.on("error", (error) => {
      this.error = error;
      this.#wake();
    });
  }

  send(text: string): void {
    this.socket.write(Buffer.from(text, "latin1"));
  }

  /** Waits until something holds. */
  async until(holds: () => boolean, what = "what was waited for"): Promise<void> {
    const late = Date.now() + 8000;
    while (!holds()) {
      if (Date.now() > late) throw new Error(`${what} did not come; so far: ${JSON.stringify(this.text)}`);
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, 20);
        this.#waiters.push(() => {
          clearTimeout(timer);
          resolve();
        });
      });
    }
  }

  /** The next whole reply, its lines without CRLF joined by LF. */
  async reply(): Promise<string> {
    const whole = /^(?:\d{3}-[^\r]*\r\n)*\d{3}(?: [^\r]*)?\r\n/;
    await this.until(() => whole.test(this.text) || this.closed || this.ended, "a reply");
    const found = whole.exec(this.text)?.[0];
    if (found === undefined) throw new Error(`closed without a reply; rest: ${JSON.stringify(this.text)}`);
    this.text = this.text.slice(found.length);
    return found.slice(0, -2).replaceAll("\r\n", "\n");
  }

  /** Sends a line and reads its reply. */
  ask(line: string): Promise<string> {
    this.send(`${line}\r\n`);
    return this.reply();
  }

  /** Several lines at once, a reply each: the codes. */
  async codes(lines: readonly string[]): Promise<string[]> {
    this.send(lines.map((line) => `${line}\r\n`).join(""));
    const codes: string[] = [];
    for (const _ of lines) codes.push((await this.reply()).slice(0, 3));
    return codes;
  }

  end(): Promise<void> {
    return this.until(() => this.closed, "the close");
  }

  #wake(): void {
    const waiters = this.#waiters;
    this.#waiters = [];
    for (const waiter of waiters) waiter();
  }
}

/** Connects; `allowHalfOpen` so that both directions are the test's own. */
export const dial = async (port: number, options: Partial<NetConnectOpts> = {}): Promise<Raw> => {
  const socket = connect({ host: "127.0.0.1", port, allowHalfOpen: true, ...options } as NetConnectOpts);
  const raw = new Raw(socket);
  await raw.until(() => !socket.connecting || raw.closed, "the connection");
  return raw;
};

/** Whether the suite runs with one read buffer for all connections: `shared.test.ts` runs the others so. */
const sharedReadBuffer = process.env["POSTHORN_SHARED_READ_BUFFER"] === "1";

/** A server for a test, on one free port if no listeners are given; everything observed is kept. */
export const serve = async (
  options: Partial<ServerOptions<Standard>> & { readonly hooks?: Hooks<Standard> } = {},
): Promise<{
  server: Server<Standard>;
  port: number;
  ports: number[];
  bound: readonly Listening[];
  seen: Observation<Standard>[];
}> => {
  const seen: Observation<Standard>[] = [];
  const listeners: Listener[] = [{ role: "exchanger", tls: "none", port: 0 }];
  const server = createServer<Standard>({
    hostname: "mx.example.org",
    extensions: standardServer({ maxSize: 10_000_000 }),
    listeners,
    observe: (event) => void seen.push(event),
    sharedReadBuffer,
    ...options,
  });
  const bound = await server.listen();
  const ports = bound.map(({ port }) => port);
  return { server, port: ports[0] ?? 0, ports, bound, seen };
};

/** A transaction up to DATA. */
export const ENVELOPE: readonly string[] = ["MAIL FROM:<a@client.example>", "RCPT TO:<b@mx.example.org>"];

/** Keeps content, as text. */
export const collector = (): {
  readonly hooks: Hooks<Standard>;
  readonly messages: string[];
  readonly aborted: string[];
} => {
  const messages: string[] = [];
  const aborted: string[] = [];
  return {
    messages,
    aborted,
    hooks: {
      content: () => {
        let text = "";
        return {
          transient: true,
          write(octets) {
            text += Buffer.from(octets).toString("latin1");
          },
          end: () => void messages.push(text),
          abort: (why) => void aborted.push(why),
        };
      },
    },
  };
};
