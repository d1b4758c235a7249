// The limit: node:net, canned replies to whatever comes, no parsing. The end of content is found by one native search,
// the size of a BDAT by another. It knows what the load is, and answers a whole group of commands by one write.
import { createServer, type Socket } from "node:net";
import { createServer as createTlsServer } from "node:tls";
import { type Counts, ready, wanted } from "../child.ts";

const { recipients = 1, tls } = wanted;
const counts: Counts = { messages: 0, octets: 0 };

const hello =
  "250-raw.example\r\n250-PIPELINING\r\n250-SIZE 26214400\r\n250-8BITMIME\r\n250-SMTPUTF8\r\n" +
  "250-ENHANCEDSTATUSCODES\r\n250-DSN\r\n250-CHUNKING\r\n250-BINARYMIME\r\n250 STARTTLS\r\n";
const mailed = "250 2.1.0 OK\r\n";
const named = "250 2.1.5 OK\r\n";
const go = "354 Go ahead\r\n";
const taken = "250 2.0.0 OK\r\n";
const group = `${mailed}${named.repeat(recipients)}${go}`;
const chunked = `${mailed}${named}${taken}`;

const end = Buffer.from("\r\n.\r\n");
const bdat = Buffer.from("BDAT ");
const crlf = Buffer.from("\r\n");

class Connection {
  socket: Socket;
  // Within content; the last octets of a chunk, where the end may have begun; octets of BDAT that are still to come.
  data = false;
  tail: Buffer = Buffer.alloc(0);
  due = 0;

  constructor(socket: Socket) {
    this.socket = socket;
    socket.on("data", (chunk: Buffer) => this.take(chunk));
    socket.on("error", () => socket.destroy());
    socket.write("220 raw.example ESMTP\r\n", "latin1");
  }

  take(chunk: Buffer): void {
    if (!this.data) return this.due > 0 || this.tail.length > 0 ? this.chunks(chunk) : this.commands(chunk);
    let at = chunk.indexOf(end);
    if (at === -1 && this.tail.length > 0) {
      const seam = Buffer.concat([this.tail, chunk.subarray(0, 4)]).indexOf(end);
      if (seam !== -1) at = seam - this.tail.length;
    }
    if (at === -1) {
      counts.octets += chunk.length;
      this.tail = chunk.length < 4 ? Buffer.concat([this.tail, chunk]).subarray(-4) : chunk.subarray(-4);
      return;
    }
    counts.octets += at + 2;
    counts.messages++;
    this.data = false;
    this.tail = Buffer.alloc(0);
    if (at + 5 === chunk.length) this.socket.write(taken, "latin1");
    else {
      this.data = true;
      this.socket.write(taken + group, "latin1");
    }
  }

  commands(chunk: Buffer): void {
    switch (chunk[0]) {
      case 0x45: // EHLO
        this.socket.write(hello, "latin1");
        break;
      case 0x4d: // MAIL, alone or with what follows
        if (chunk.length < 50) this.socket.write(mailed, "latin1");
        else if (chunk[chunk.length - 3] === 0x41 && chunk[chunk.length - 6] === 0x44) {
          this.data = true;
          this.socket.write(group, "latin1");
        } else this.chunks(chunk);
        break;
      case 0x52: // RCPT
        this.socket.write(named, "latin1");
        break;
      case 0x44: // DATA
        this.data = true;
        this.socket.write(go, "latin1");
        break;
      case 0x51: // QUIT
        this.socket.end("221 2.0.0 Bye\r\n");
        break;
      default: // NOOP
        this.socket.write(taken, "latin1");
    }
  }

  chunks(given: Buffer): void {
    const chunk = this.tail.length === 0 ? given : Buffer.concat([this.tail, given]);
    this.tail = Buffer.alloc(0);
    let whole = 0;
    let at = 0;
    for (;;) {
      const part = Math.min(this.due, chunk.length - at);
      counts.octets += part;
      at += part;
      if (part > 0 && (this.due -= part) === 0) whole++;
      if (at === chunk.length) break;
      const line = chunk.indexOf(bdat, at);
      const over = line === -1 ? -1 : chunk.indexOf(crlf, line);
      if (over === -1) {
        this.tail = Buffer.from(chunk.subarray(at));
        break;
      }
      this.due = Number.parseInt(chunk.toString("latin1", line + 5, over), 10);
      at = over + 2;
    }
    counts.messages += whole;
    if (whole > 0) this.socket.write(chunked.repeat(whole), "latin1");
  }
}

const accept = (socket: Socket): void => void new Connection(socket);
const server =
  tls === undefined ? createServer({ noDelay: true }, accept) : createTlsServer({ ...tls, noDelay: true }, accept);
server.listen(0, "127.0.0.1", 4096, () => {
  const address = server.address();
  if (typeof address === "object" && address !== null) ready(address.port, counts);
});
