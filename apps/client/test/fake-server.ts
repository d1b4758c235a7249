/**
 * A server that does as it is told: it answers line by line from a script, keeps what it was sent, and has TLS and
 * every SASL mechanism where a test wants them. It is naive on purpose, and shares no code with the client.
 */
import { createServer, type Server, type Socket } from "node:net";
import { TLSSocket } from "node:tls";
import { nodeCrypto } from "@posthorn/node";
import { MECHANISMS, type Store, verifiers } from "@posthorn/sasl";

/** What a server does otherwise than a plain one. */
export interface Script {
  readonly greeting?: string;
  /** Lines behind the first one of the reply to EHLO or LHLO. */
  readonly offers?: readonly string[];
  /** The same, under TLS. */
  readonly offersSecure?: readonly string[];
  /** An answer to a line, instead of the usual one: a text, or `null` to close. Without CRLF one is added. */
  readonly answer?: ((line: string, server: FakeServer) => string | null | undefined) | undefined;
  /** Answers to the content, likewise; a list is a reply for each recipient (LMTP). */
  readonly delivered?: (content: string, server: FakeServer) => string | readonly string[] | null | undefined;
  /** Certificate and key. */
  readonly tls?: { readonly cert: string; readonly key: string };
  readonly implicit?: boolean;
  /** Whether STARTTLS is answered 220 and then nothing understands TLS. */
  readonly deaf?: boolean;
  /** Called when somebody connects. */
  readonly connected?: () => void;
  /** Called with the content so far, when some came. */
  readonly progress?: (octets: number) => void;
}

const store: Store<string> = {
  serves: ["password", "token", "external", "anonymous", "sha1", "sha256", "secret"],
  verify: (credentials) => ("password" in credentials && credentials.password !== "sesame" ? undefined : "ada"),
  lookup: async () => ({
    identity: "ada",
    password: "sesame",
    verifiers: await verifiers("sesame", { rounds: 4096 }, nodeCrypto),
  }),
};

/** A server on loopback. */
export class FakeServer {
  /** Lines that were sent as commands, of all connections. */
  readonly lines: string[] = [];
  /** Messages, transparency undone, as latin1. */
  readonly messages: string[] = [];
  accepted = 0;
  readonly #script: Script;
  readonly #server: Server;
  readonly #sockets: Set<Socket> = new Set();

  private constructor(script: Script) {
    this.#script = script;
    this.#server = createServer((socket) => {
      this.#sockets.add(socket);
      script.connected?.();
      socket.on("close", () => this.#sockets.delete(socket));
      socket.on("error", () => {});
      void this.#serve(socket).catch(() => socket.destroy());
    });
  }

  /** Starts one, on a free port of 127.0.0.1 or on a Unix socket. */
  static async start(script: Script = {}, path?: string): Promise<FakeServer> {
    const fake = new FakeServer(script);
    await new Promise<void>((resolve) => {
      if (path === undefined) fake.#server.listen(0, "127.0.0.1", resolve);
      else fake.#server.listen(path, resolve);
    });
    return fake;
  }

  /** `127.0.0.1:PORT`. */
  get at(): string {
    const address = this.#server.address();
    return typeof address === "object" && address !== null ? `127.0.0.1:${address.port}` : (address ?? "");
  }

  /** The verbs that were said. */
  get verbs(): readonly string[] {
    return this.lines.map((line) => line.split(" ", 1)[0] ?? "");
  }

  async stop(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #serve(plain: Socket): Promise<void> {
    const { tls, implicit = false, greeting = "220 fake.example ready" } = this.#script;
    const wire = new Wire(implicit && tls !== undefined ? secured(plain, tls) : plain);
    wire.say(greeting);
    for (let line = await wire.line(); line !== undefined; line = await wire.line()) {
      this.lines.push(line);
      const scripted = this.#script.answer?.(line, this);
      if (scripted === null) return wire.close();
      if (scripted === undefined) await this.#usual(line, wire);
      else wire.say(scripted);
    }
  }

  async #usual(line: string, wire: Wire): Promise<void> {
    const { offers = [], offersSecure = offers, tls } = this.#script;
    const [verb = ""] = line.toUpperCase().split(" ", 1);
    if (verb === "EHLO" || verb === "LHLO") {
      const all = ["fake.example", ...(wire.secure ? offersSecure : offers)];
      wire.say(all.map((one, at) => `250${at === all.length - 1 ? " " : "-"}${one}`).join("\r\n"));
    } else if (verb === "STARTTLS" && this.#script.deaf === true) {
      wire.say("220 go");
      await wire.octets(1);
      wire.close();
    } else if (verb === "STARTTLS" && tls !== undefined) {
      wire.say("220 go");
      wire.secureBy(tls);
    } else if (verb === "AUTH") await this.#auth(line, wire);
    else if (verb === "RCPT") {
      this.accepted += 1;
      wire.say("250 2.1.5 fine");
    } else if (verb === "DATA") await this.#data(wire);
    else if (verb === "BDAT") await this.#bdat(line, wire);
    else wire.say(verb === "QUIT" ? "221 bye" : "250 2.0.0 fine");
  }

  async #data(wire: Wire): Promise<void> {
    wire.say("354 go on");
    const lines: string[] = [];
    let octets = 0;
    for (let line = await wire.line(); line !== "."; line = await wire.line()) {
      if (line === undefined) return;
      lines.push(`${line.startsWith(".") ? line.slice(1) : line}\r\n`);
      octets += line.length + 2;
      this.#script.progress?.(octets);
    }
    this.#take(lines.join(""), wire);
  }

  async #bdat(line: string, wire: Wire): Promise<void> {
    const [, size = "0", last] = line.split(" ");
    const content = await wire.octets(Number(size));
    if (content === undefined) return;
    this.#parts.push(content);
    if (last === undefined) return wire.say("250 2.0.0 more");
    this.#take(this.#parts.splice(0).join(""), wire);
  }

  readonly #parts: string[] = [];

  #take(content: string, wire: Wire): void {
    this.messages.push(content);
    const answer = this.#script.delivered?.(content, this);
    if (answer === null) return wire.close();
    for (const one of typeof answer === "string" ? [answer] : (answer ?? ["250 2.0.0 taken"])) wire.say(one);
    this.accepted = 0;
  }

  async #auth(line: string, wire: Wire): Promise<void> {
    const [, name = "", initial] = line.split(" ");
    const mechanism = MECHANISMS.find((one) => one.name === name);
    if (mechanism?.server === undefined) return wire.say("504 5.5.4 no such mechanism");
    const first = initial === undefined ? undefined : Buffer.from(initial === "=" ? "" : initial, "base64");
    const host = {
      crypto: nodeCrypto,
      store,
      hostname: "fake.example",
      falseSaltKey: new Uint8Array(32),
      external: "ada",
    };
    const exchange = mechanism.server(host, first);
    let step = exchange.next();
    while (step.done !== true) {
      const op = step.value;
      if (op.op === "ask") step = exchange.next(await op.run(new AbortController().signal));
      else {
        wire.say(`334 ${Buffer.from(op.data).toString("base64")}`);
        const response = await wire.line();
        if (response === undefined) return;
        if (response === "*") return wire.say("501 5.7.0 as you like");
        step = exchange.next(Buffer.from(response, "base64"));
      }
    }
    wire.say(step.value.ok ? "235 2.7.0 welcome" : "535 5.7.8 who are you?");
  }
}

const secured = (socket: Socket, { cert, key }: { readonly cert: string; readonly key: string }): TLSSocket =>
  new TLSSocket(socket, { isServer: true, cert, key });

/** Lines and octets from a socket, as they are asked for. */
class Wire {
  #socket: Socket;
  #held = "";
  #over = false;
  #wake: () => void = () => {};

  constructor(socket: Socket) {
    this.#socket = socket;
    this.#listen();
  }

  get secure(): boolean {
    return this.#socket instanceof TLSSocket;
  }

  secureBy(tls: { readonly cert: string; readonly key: string }): void {
    this.#socket.removeAllListeners("data");
    this.#socket = secured(this.#socket, tls);
    this.#held = "";
    this.#listen();
  }

  say(text: string): void {
    this.#socket.write(text.endsWith("\r\n") ? text : `${text}\r\n`, "latin1");
  }

  close(): void {
    this.#socket.destroy();
  }

  async line(): Promise<string | undefined> {
    for (let at = this.#held.indexOf("\r\n"); ; at = this.#held.indexOf("\r\n")) {
      if (at >= 0) {
        const line = this.#held.slice(0, at);
        this.#held = this.#held.slice(at + 2);
        return line;
      }
      if (!(await this.#more())) return undefined;
    }
  }

  async octets(many: number): Promise<string | undefined> {
    while (this.#held.length < many) if (!(await this.#more())) return undefined;
    const found = this.#held.slice(0, many);
    this.#held = this.#held.slice(many);
    return found;
  }

  async #more(): Promise<boolean> {
    if (this.#over) return false;
    await new Promise<void>((resolve) => {
      this.#wake = resolve;
    });
    return true;
  }

  #listen(): void {
    this.#socket.on("data", (chunk: Buffer) => {
      this.#held += chunk.toString("latin1");
      this.#wake();
    });
    this.#socket.on("error", () => {});
    this.#socket.on("close", () => {
      this.#over = true;
      this.#wake();
    });
  }
}
