// The limit: node:net and canned replies, one for each line, chosen by its first octet; no parsing, no states, no
// checks. All replies to what one read brought are one write. The end of content is found by one native search, and of a
// BDAT line the size is read.
import { createServer, type Socket } from "node:net";
import { createSecureContext, createServer as createTlsServer, TLSSocket } from "node:tls";
import { type Counts, ready, wanted } from "../child.ts";

const { tls, reads = false } = wanted;
const secureContext = tls === undefined ? undefined : createSecureContext({ key: tls.key, cert: tls.cert });
const counts: Counts = { messages: 0, octets: 0 };

const hello =
  "250-raw.example\r\n250-PIPELINING\r\n250-SIZE 26214400\r\n250-8BITMIME\r\n250-SMTPUTF8\r\n" +
  "250-ENHANCEDSTATUSCODES\r\n250-DSN\r\n250-CHUNKING\r\n250-BINARYMIME\r\n250 STARTTLS\r\n";

const end = Buffer.from("\r\n.\r\n");
const none = Buffer.alloc(0);

interface Address {
  readonly local: string;
  readonly domain: string;
}

const LESS = 60;
const AT = 64;
const GREATER = 62;

/**
 * An address in a line that begins at `from` of the octets and of their text: the least that a server does which keeps it.
 * One look at each octet up to its end, two pieces of text, an object; nothing is checked.
 */
const addressIn = (octets: Buffer, text: string, from: number, past: number): Address => {
  let less = from;
  while (less < past && octets[less] !== LESS) less++;
  let at = less;
  while (at < past && octets[at] !== AT) at++;
  let greater = at;
  while (greater < past && octets[greater] !== GREATER) greater++;
  return { local: text.slice(less + 1, at), domain: text.slice(at + 1, greater) };
};

class Connection {
  socket: Socket;
  /** Within content, whose end may have begun in `tail`. */
  data = false;
  /** An unfinished line; of content its last four octets. */
  tail: Buffer = none;
  /** Octets of BDAT that are still to come. */
  due = 0;
  /** The addresses of the transaction, where it reads them. */
  envelope: Address[] = [];

  constructor(socket: Socket) {
    this.socket = this.on(socket);
    socket.write("220 raw.example ESMTP\r\n");
  }

  on(socket: Socket): Socket {
    socket.on("data", (chunk: Buffer) => this.take(chunk));
    socket.on("error", () => socket.destroy());
    return socket;
  }

  take(given: Buffer): void {
    let chunk = given;
    if (!this.data && this.tail.length > 0) {
      chunk = Buffer.concat([this.tail, given]);
      this.tail = none;
    }
    let [replies, text] = ["", ""];
    for (let at = 0; at < chunk.length;) {
      if (this.data || this.due > 0) {
        const past = this.data ? this.lines(chunk, at) : this.octets(chunk, at);
        if (past === -1) break;
        counts.messages++;
        replies += "250 2.0.0 OK\r\n";
        at = past;
        continue;
      }
      const past = chunk.indexOf(10, at) + 1;
      if (past === 0) {
        this.tail = chunk.subarray(at);
        break;
      }
      if (reads && text === "") text = chunk.toString("latin1");
      replies += this.line(chunk, text, at, past);
      at = past;
    }
    if (replies !== "") this.socket.write(replies);
  }

  /** Content by DATA, to behind its end, or -1. */
  lines(chunk: Buffer, at: number): number {
    let found = chunk.indexOf(end, at);
    if (at === 0 && this.tail.length > 0) {
      const seam = Buffer.concat([this.tail, chunk.subarray(0, 4)]).indexOf(end);
      if (seam !== -1) found = seam - this.tail.length;
    }
    if (found === -1) {
      counts.octets += chunk.length - at;
      const rest = chunk.subarray(Math.max(at, chunk.length - 4));
      this.tail = rest.length < 4 ? Buffer.concat([this.tail, rest]).subarray(-4) : rest;
      return -1;
    }
    counts.octets += found + 2 - at;
    this.data = false;
    this.tail = none;
    return found + 5;
  }

  /** Content by BDAT, to behind its end, or -1. */
  octets(chunk: Buffer, at: number): number {
    const part = Math.min(this.due, chunk.length - at);
    counts.octets += part;
    this.due -= part;
    return this.due === 0 ? at + part : -1;
  }

  line(chunk: Buffer, text: string, at: number, past: number): string {
    switch (chunk[at]) {
      case 0x4d: // MAIL
        if (reads) this.envelope = [addressIn(chunk, text, at, past)];
        return "250 2.1.0 OK\r\n";
      case 0x52: // RCPT
        if (reads) this.envelope.push(addressIn(chunk, text, at, past));
        return "250 2.1.5 OK\r\n";
      case 0x44: // DATA
        this.data = true;
        return "354 Go ahead\r\n";
      case 0x42: // BDAT
        this.due = Number.parseInt(chunk.toString("latin1", at + 5, past), 10);
        return "";
      case 0x45: // EHLO
        return hello;
      case 0x41: // AUTH
        return "235 2.7.0 OK\r\n";
      case 0x53: // STARTTLS
        this.secure();
        return "";
      case 0x51: // QUIT
        this.socket.end("221 2.0.0 Bye\r\n");
        return "";
      default: // NOOP
        return "250 2.0.0 OK\r\n";
    }
  }

  secure(): void {
    const clear = this.socket;
    clear.write("220 2.0.0 Go ahead\r\n");
    clear.removeAllListeners("data");
    this.socket = this.on(new TLSSocket(clear, { isServer: true, secureContext }));
  }
}

const accept = (socket: Socket): void => void new Connection(socket);
const server =
  tls?.how === "implicit"
    ? createTlsServer({ key: tls.key, cert: tls.cert, noDelay: true }, accept)
    : createServer({ noDelay: true }, accept);
server.listen(0, "127.0.0.1", 4096, () => {
  const address = server.address();
  if (typeof address === "object" && address !== null) ready(address.port, counts);
});
