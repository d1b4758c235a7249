/** What the tests share: scripted servers, certificates, and waiting for things to be gone. */
import { createServer, type AddressInfo, type Server, type Socket } from "node:net";
import { TLSSocket } from "node:tls";
import { generate } from "selfsigned";
import { onTestFinished } from "vitest";

/** One connection of a scripted server. */
export class Peer {
  socket: Socket;
  /** Everything that the client sent, as text of one character an octet. */
  seen = "";
  #at = 0;
  #ended = false;
  #wake: (() => void) | undefined = undefined;

  constructor(socket: Socket) {
    this.socket = socket;
    this.#listen();
  }

  /** The next line, without CRLF; `undefined` when the client has gone. */
  async line(): Promise<string | undefined> {
    return await this.#until("\r\n");
  }

  /** Content, up to the terminator, which is taken away. */
  async content(): Promise<string | undefined> {
    while (this.seen.length < this.#at + 3 && !this.#ended) await this.#more();
    if (this.seen.startsWith(".\r\n", this.#at)) {
      this.#at += 3;
      return "";
    }
    const content = await this.#until("\r\n.\r\n");
    return content === undefined ? undefined : `${content}\r\n`;
  }

  /** So many octets. */
  async octets(count: number): Promise<string | undefined> {
    while (this.seen.length < this.#at + count && !this.#ended) await this.#more();
    if (this.seen.length < this.#at + count) return undefined;
    this.#at += count;
    return this.seen.slice(this.#at - count, this.#at);
  }

  /** Sends text, one octet a character. */
  send(text: string): void {
    if (!this.socket.destroyed) this.socket.write(Buffer.from(text, "latin1"));
  }

  /** Waits for a line and answers it. */
  async answer(...replies: readonly string[]): Promise<void> {
    for (const reply of replies) {
      await this.line();
      this.send(`${reply}\r\n`);
    }
  }

  /** Resolves when the client has closed its side. */
  async gone(): Promise<void> {
    while (!this.#ended) await this.#more();
  }

  /** The server's side of a handshake. */
  async secure({ key, cert }: { readonly key: string; readonly cert: string }): Promise<void> {
    this.socket.removeAllListeners("data");
    const secured = new TLSSocket(this.socket, { isServer: true, key, cert });
    this.socket = secured;
    this.#listen();
    await new Promise<void>((resolve, reject) => {
      secured.once("secure", resolve);
      secured.once("error", reject);
      secured.once("close", () => reject(new Error("closed in the handshake")));
    });
  }

  #listen(): void {
    const woken = (): void => {
      this.#wake?.();
    };
    this.socket.on("data", (chunk: Buffer) => {
      this.seen += chunk.toString("latin1");
      woken();
    });
    const end = (): void => {
      this.#ended = true;
      woken();
    };
    this.socket.on("end", end);
    this.socket.on("close", end);
    this.socket.on("error", end);
  }

  #more(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve;
    });
  }

  async #until(mark: string): Promise<string | undefined> {
    for (;;) {
      const found = this.seen.indexOf(mark, this.#at);
      if (found >= 0) {
        const text = this.seen.slice(this.#at, found);
        this.#at = found + mark.length;
        return text;
      }
      if (this.#ended) return undefined;
      await this.#more();
    }
  }
}

/** A server that follows a script. */
export interface Scripted {
  readonly port: number;
  readonly host: string;
  /** All connections so far. */
  readonly peers: readonly Peer[];
  close(): Promise<void>;
}

/** Starts a server; the script is run for each connection, with its number from 0. What it throws is dropped: the client's view is what is tested. Closed when the test is over. */
export const serve = async (
  script: (peer: Peer, number: number) => Promise<void> | void,
  host = "127.0.0.1",
): Promise<Scripted> => {
  const peers: Peer[] = [];
  const server: Server = createServer({ noDelay: true }, (socket) => {
    const peer = new Peer(socket);
    peers.push(peer);
    void (async () => {
      try {
        await script(peer, peers.length - 1);
      } catch {
        socket.destroy();
      }
    })();
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, host, resolve);
  });
  const close = (): Promise<void> =>
    new Promise((resolve) => {
      for (const { socket } of peers) socket.destroy();
      server.close(() => resolve());
    });
  onTestFinished(close);
  return { port: (server.address() as AddressInfo).port, host, peers, close };
};

/** Greets and answers EHLO with these keywords. */
export const greet = async (peer: Peer, ...keywords: readonly string[]): Promise<string | undefined> => {
  peer.send("220 test.example ready\r\n");
  return await hello(peer, ...keywords);
};

/** Answers EHLO with these keywords. */
export const hello = async (peer: Peer, ...keywords: readonly string[]): Promise<string | undefined> => {
  const line = await peer.line();
  const lines = ["test.example", ...keywords];
  peer.send(lines.map((text, at) => `250${at === lines.length - 1 ? " " : "-"}${text}\r\n`).join(""));
  return line;
};

/** Takes mail after the hello until the client leaves; `content` is told each message. */
export const takeMail = async (peer: Peer, content: (text: string) => void = () => {}): Promise<void> => {
  for (let line = await peer.line(); line !== undefined; line = await peer.line()) {
    const [verb = ""] = line.split(" ");
    if (verb === "DATA") {
      peer.send("354 go\r\n");
      const text = await peer.content();
      if (text === undefined) return;
      content(text);
      peer.send("250 2.0.0 taken\r\n");
    } else if (verb === "BDAT") {
      const [, size = "0", last] = line.split(" ");
      content((await peer.octets(Number(size))) ?? "");
      peer.send(last === undefined ? "250 chunk\r\n" : "250 2.0.0 taken\r\n");
    } else if (verb === "QUIT") {
      peer.send("221 bye\r\n");
      peer.socket.end();
    } else peer.send("250 ok\r\n");
  }
};

/** A whole mail server in one line. */
export const mailServer = (
  ...keywords: readonly string[]
): Promise<Scripted & { readonly contents: readonly string[] }> => {
  const contents: string[] = [];
  return serve(async (peer) => {
    await greet(peer, ...keywords);
    await takeMail(peer, (text) => contents.push(text));
  }).then((server) => ({ ...server, contents }));
};

/** A certificate and its key. */
export interface Certificate {
  readonly key: string;
  readonly cert: string;
}

/** Makes a certificate for a name (or an address), of its own or by an authority. */
export const certificate = async (
  name: string,
  how: { readonly ca?: Certificate; readonly expired?: boolean; readonly authority?: boolean } = {},
): Promise<Certificate> => {
  const day = 86_400_000;
  const { ca, expired = false, authority = false } = how;
  const address = /^[\d.]+$/.test(name);
  const made = await generate([{ name: "commonName", value: name }], {
    keyType: "ec",
    algorithm: "sha256",
    notBeforeDate: new Date(Date.now() - 10 * day),
    notAfterDate: new Date(Date.now() + (expired ? -day : 10 * day)),
    extensions: [
      { name: "basicConstraints", cA: authority, critical: true },
      ...(authority
        ? [{ name: "keyUsage" as const, keyCertSign: true, cRLSign: true, digitalSignature: true }]
        : [{ name: "keyUsage" as const, digitalSignature: true }]),
      {
        name: "subjectAltName",
        altNames: [address ? { type: 7 as const, ip: name } : { type: 2 as const, value: name }],
      },
    ],
    ...(ca === undefined ? {} : { ca }),
  });
  return { key: made.private, cert: made.cert };
};

/** What `promise` was rejected with; fails where it was not. */
export const rejection = async (promise: Promise<unknown>): Promise<unknown> => {
  try {
    await promise;
  } catch (error) {
    return error;
  }
  throw new Error("it was not rejected");
};

/** Sockets and timers that this process has; the runner's own are pipes. */
export const resources = (): readonly string[] =>
  process.getActiveResourcesInfo().filter((name) => /TCP|TLS|Timeout|Immediate/.test(name));

/** Waits until something holds. */
export const until = async (holds: () => boolean | undefined, ms = 10_000): Promise<void> => {
  for (const end = Date.now() + ms; Date.now() < end;) {
    if (holds() === true) return;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  throw new Error("it did not come to hold");
};
