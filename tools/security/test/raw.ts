/** A client that says what it is told, octet for octet, and hears replies. */
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import * as tls from "node:tls";
import { onTestFinished } from "vitest";

const REPLY = /^(?:\d{3}-[^\r]*\r\n)*\d{3}(?: [^\r]*)?\r\n/;

/** A connection. */
export class Raw {
  socket: Socket;
  /** What was heard and is in no reply yet. */
  heard = "";
  /** Whether the other side has ended, or everything has. */
  over = false;

  constructor(socket: Socket) {
    this.socket = socket;
    this.#attach(socket);
    onTestFinished(() => void this.socket.destroy());
  }

  /** Sends octets as they are; a string is one octet a character. */
  send(octets: string | Uint8Array): void {
    this.socket.write(typeof octets === "string" ? Buffer.from(octets, "latin1") : octets);
  }

  /** Sends as much as is taken, a piece at a time, until all is sent or the connection is gone; the octets sent. */
  async flood(piece: Uint8Array, times: number): Promise<number> {
    let sent = 0;
    for (let nth = 0; nth < times && !this.socket.destroyed; nth++) {
      sent += piece.length;
      if (this.socket.write(piece)) continue;
      await new Promise<void>((resolve) => {
        this.socket.once("room", resolve);
      });
    }
    return sent;
  }

  /** The next reply, its lines joined by LF; empty when there is none to come. */
  async reply(): Promise<string> {
    for (;;) {
      const found = REPLY.exec(this.heard)?.[0];
      if (found !== undefined) {
        this.heard = this.heard.slice(found.length);
        return found.slice(0, -2).replaceAll("\r\n", "\n");
      }
      if (this.over) return "";
      await once(this.socket, "heard");
    }
  }

  /** Sends a line, and hears its reply. */
  say(line: string): Promise<string> {
    this.send(`${line}\r\n`);
    return this.reply();
  }

  /** Sends lines at once; the codes of their replies. */
  async codes(...lines: readonly string[]): Promise<readonly string[]> {
    this.send(lines.map((line) => `${line}\r\n`).join(""));
    const codes: string[] = [];
    for (const _ of lines) codes.push((await this.reply()).slice(0, 3));
    return codes;
  }

  /** Everything until the end. */
  async rest(): Promise<string> {
    while (!this.over) await once(this.socket, "heard");
    return this.heard;
  }

  /** Makes the connection secure, on this side. */
  async secure(options: tls.ConnectionOptions = {}): Promise<tls.TLSSocket> {
    const plain = this.socket;
    plain.removeAllListeners("data");
    const socket = tls.connect({ socket: plain, rejectUnauthorized: false, ...options });
    this.socket = socket;
    this.#attach(socket);
    await once(socket, "secureConnect");
    return socket;
  }

  #attach(socket: Socket): void {
    const tell = (): void => void this.socket.emit("heard");
    const end = (): void => {
      this.over = true;
      tell();
    };
    socket.on("data", (octets: Buffer) => {
      this.heard += octets.toString("latin1");
      tell();
    });
    socket.on("error", () => undefined);
    socket.on("close", end);
    socket.on("drain", () => void this.socket.emit("room"));
    socket.on("close", () => void this.socket.emit("room"));
    socket.on("end", end);
  }
}

/** Connects, and hears the greeting; says hello unless that is empty. */
export const dial = async (port: number, hello = "EHLO client.example"): Promise<Raw> => {
  const raw = new Raw(connect({ port, host: "127.0.0.1", allowHalfOpen: true }));
  await raw.reply();
  if (hello !== "") await raw.say(hello);
  return raw;
};

/** Connects with TLS from the first octet, and hears the greeting; says hello. */
export const dialSecure = async (port: number, options: tls.ConnectionOptions = {}): Promise<Raw> => {
  const raw = new Raw(connect({ port, host: "127.0.0.1", allowHalfOpen: true }));
  await raw.secure(options);
  await raw.reply();
  await raw.say("EHLO client.example");
  return raw;
};

/** One message over a connection; the last reply. Content in CRLF, ending in it, without lines that begin with a dot. */
export const deliver = async (
  raw: Raw,
  { from = "<a@client.example>", to = "<u@example.org>", content = "Subject: x\r\n\r\nHello\r\n" } = {},
): Promise<string> => {
  await raw.say(`MAIL FROM:${from}`);
  await raw.say(`RCPT TO:${to}`);
  const go = await raw.say("DATA");
  return go.startsWith("354") ? raw.say(`${content}.`) : go;
};
