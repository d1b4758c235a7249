/** A client that says what it is told, octet for octet, and hears replies. */
import { once } from "node:events";
import net from "node:net";
import tls from "node:tls";
import { onTestFinished } from "vitest";

/** A connection. */
export class Talk {
  #socket: net.Socket;
  #heard = "";
  #over = false;

  constructor(socket: net.Socket) {
    this.#socket = socket;
    this.#attach(socket);
    onTestFinished(() => void this.#socket.destroy());
  }

  /** Sends octets as they are. */
  send(octets: string | Uint8Array): void {
    this.#socket.write(octets);
  }

  /** Closes our side. */
  end(): void {
    this.#socket.end();
  }

  /** Breaks the connection. */
  reset(): void {
    this.#socket.resetAndDestroy();
  }

  /** The next reply, all its lines joined by LF; empty when the server has closed. */
  async reply(): Promise<string> {
    for (;;) {
      const found = /^(?:\d{3}-[^\r]*\r\n)*\d{3}(?: [^\r]*)?\r\n/.exec(this.#heard);
      if (found !== null) {
        this.#heard = this.#heard.slice(found[0].length);
        return found[0].trimEnd().replaceAll("\r\n", "\n");
      }
      if (this.#over) return "";
      await once(this.#socket, "heard");
    }
  }

  /** Sends a line, and hears its reply. */
  say(line: string): Promise<string> {
    this.send(`${line}\r\n`);
    return this.reply();
  }

  /** Makes the connection secure, on this side. */
  async secure(options: tls.ConnectionOptions = {}): Promise<tls.TLSSocket> {
    const plain = this.#socket;
    plain.removeAllListeners("data");
    const socket = tls.connect({ socket: plain, rejectUnauthorized: false, ...options });
    await once(socket, "secureConnect");
    this.#attach(socket);
    this.#socket = socket;
    return socket;
  }

  #attach(socket: net.Socket): void {
    const tell = (): void => void this.#socket.emit("heard");
    socket.on("data", (octets: Buffer) => {
      this.#heard += octets.toString("utf8");
      tell();
    });
    socket.on("error", () => undefined);
    socket.on("close", () => {
      this.#over = true;
      tell();
    });
    socket.on("end", () => {
      this.#over = true;
      tell();
    });
  }
}

/** Connects, and hears the greeting. */
export const connect = async (port: number, hello = "EHLO client.example"): Promise<Talk> => {
  const socket = net.connect({ port, host: "127.0.0.1", allowHalfOpen: true });
  const talk = new Talk(socket);
  await talk.reply();
  if (hello !== "") await talk.say(hello);
  return talk;
};

/** One whole message; the last reply. Content without dots at line starts, in CRLF. */
export const deliver = async (
  talk: Talk,
  { from = "<a@client.example>", to = ["<u@example.org>"], content = "Subject: x\r\n\r\nHello\r\n" } = {},
): Promise<string> => {
  await talk.say(`MAIL FROM:${from}`);
  for (const path of to) await talk.say(`RCPT TO:${path}`);
  const go = await talk.say("DATA");
  return go.startsWith("354") ? talk.say(`${content}.`) : go;
};
