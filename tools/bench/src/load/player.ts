// Plays a script over many connections. The same course as load/connection.c.
import { connect, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import type { Script, Step } from "./script.ts";

/** What is to be played. */
export interface Play {
  readonly script: Script;
  readonly host: string;
  readonly port: number;
  readonly sessions: number;
  readonly messages: number;
  readonly each: number;
  readonly addresses: number;
  readonly hold: boolean;
  readonly resume: boolean;
}

type Section = "open" | "first" | "cycle" | "last" | "close";

class Connection {
  readonly player: Player;
  socket: Socket;
  section: Section = "open";
  at = -1;
  replies = 0;
  sent = 0;
  flight = 0;
  ending = false;
  line = "";

  constructor(player: Player, from: string | undefined) {
    this.player = player;
    const { host, port } = player.play;
    const address = from === undefined ? {} : { localAddress: from };
    this.socket = this.on(connect({ host, port, noDelay: true, ...address }));
    this.socket.once("connect", () => this.advance());
  }

  on(socket: Socket): Socket {
    const { player } = this;
    return socket
      .setEncoding("latin1")
      .on("data", (text) => this.hear(String(text)))
      .on("error", (error) => player.fail(error.message))
      .on("close", () => player.closed(this));
  }

  step(): Step | undefined {
    return this.player.play.script[this.section][this.at];
  }

  advance(): void {
    const { player } = this;
    const { window } = player.play.script;
    while (this.at + 1 >= player.play.script[this.section].length) {
      this.leave();
      if (this.ending || (player.play.hold && this.section !== "open")) return;
    }
    this.at++;
    this.replies = 0;
    const step = this.step();
    if (step === undefined) return;
    if (step.handshake === true) return this.handshake();
    if (this.section === "cycle" && window > 1) {
      this.fill();
      if (this.flight === 0) this.advance();
      return;
    }
    this.write(step.out);
    if (step.codes.length === 0) this.advance();
  }

  write(octets: Uint8Array): void {
    this.player.seen.sent += octets.length;
    if (octets.length > 0) this.socket.write(octets);
  }

  handshake(): void {
    const { play, seen } = this.player;
    const clear = this.socket;
    clear.removeAllListeners("data").removeAllListeners("close");
    const ticket = play.resume ? this.player.ticket : undefined;
    const secure = connectTls({
      socket: clear,
      rejectUnauthorized: false,
      ...(ticket && { session: Buffer.from(ticket) }),
    });
    secure.on("session", (session) => (this.player.ticket ??= session));
    secure.once("secureConnect", () => {
      seen.handshakes++;
      if (secure.isSessionReused()) seen.resumed++;
      this.advance();
    });
    this.socket = this.on(secure);
  }

  /** The section is over: which one follows. */
  leave(): void {
    const { player } = this;
    const { hold, script } = player.play;
    if (this.section === "open") {
      player.opened(hold);
      this.enter(script.window > 1 ? "cycle" : player.take(this) ? "first" : "close");
    } else if (this.section === "close") this.ending = true;
    else if (this.section === "last" || script.window > 1) {
      if (script.window === 1) player.seen.messages++;
      this.enter("close");
    } else {
      if (this.section === "cycle") player.seen.messages++;
      this.enter(player.take(this) ? "cycle" : "last");
    }
  }

  enter(section: Section): void {
    this.section = section;
    this.at = -1;
  }

  /** Messages as the window has room for, in one write. */
  fill(): void {
    const { window } = this.player.play.script;
    let more = 0;
    while (this.flight + more < window && this.player.take(this)) more++;
    this.flight += more;
    const out = this.step()?.out;
    if (out !== undefined && more > 0) this.write(out.subarray(0, (out.length / window) * more));
  }

  hear(text: string): void {
    const { player } = this;
    player.seen.received += text.length;
    const lines = (this.line + text).split("\r\n");
    this.line = lines.pop() ?? "";
    for (const line of lines) if (line[3] !== "-") this.reply(line);
    if (this.section === "cycle" && player.play.script.window > 1 && this.at === 0) {
      this.fill();
      if (this.flight === 0) this.advance();
    }
  }

  reply(line: string): void {
    const { player } = this;
    const step = this.step();
    player.seen.replies++;
    const codes = step?.codes ?? [];
    if (this.ending || codes.length === 0) return player.fail(`not asked for: ${line}`);
    const expected = codes[this.replies % codes.length];
    if (Number(line.slice(0, 3)) !== expected) return player.fail(`expected ${expected}, got: ${line}`);
    this.replies++;
    if (this.replies < codes.length) return;
    if (this.section !== "cycle" || player.play.script.window === 1) return this.advance();
    this.replies = 0;
    this.flight--;
    player.seen.messages++;
  }
}

/** All connections of a run. */
export class Player {
  readonly play: Play;
  readonly seen = { messages: 0, replies: 0, sent: 0, received: 0, connections: 0, handshakes: 0, resumed: 0 };
  ticket: Uint8Array | undefined;
  #taken = 0;
  #opening = 0;
  #alive = 0;
  #held = 0;
  readonly #over = Promise.withResolvers<void>();
  readonly #ready = Promise.withResolvers<void>();

  constructor(play: Play) {
    this.play = play;
    this.#more();
    // Who plays is told by one of the two, and the other has nobody who listens.
    this.#ready.promise.catch(() => undefined);
    this.#over.promise.catch(() => undefined);
  }

  /** When all sessions are open and wait. */
  get held(): Promise<void> {
    return this.#ready.promise;
  }

  /** Resolves with what was seen, when all was played. @throws Error with what was not expected */
  async played(): Promise<Player["seen"]> {
    await this.#over.promise;
    const { messages } = this.play;
    if (this.seen.messages !== messages) throw new Error(`${this.seen.messages} of ${messages} messages were done`);
    return this.seen;
  }

  fail(why: string): void {
    this.#ready.reject(new Error(why));
    this.#over.reject(new Error(why));
  }

  /** Another message for a connection, if one is left and it may have one more. */
  take(connection: Connection): boolean {
    if (this.#taken === this.play.messages || connection.sent === this.play.each) return false;
    this.#taken++;
    connection.sent++;
    return true;
  }

  opened(hold: boolean): void {
    this.#opening--;
    if (hold && ++this.#held === this.play.sessions) this.#ready.resolve();
    if (hold) this.#more();
  }

  closed(connection: Connection): void {
    if (!connection.ending) return this.fail("closed by the server");
    connection.socket.destroy();
    this.#alive--;
    this.#more();
    if (this.#alive === 0) this.#over.resolve();
  }

  /** Not more at a time than a backlog holds; where TLS is to be resumed, one until there is something to resume. */
  #mayOpen(): boolean {
    const { sessions, messages, resume, hold } = this.play;
    if (this.#alive === sessions || this.#opening === 100) return false;
    if (resume && this.ticket === undefined && this.#alive > 0) return false;
    return hold || this.#taken + this.#opening < messages;
  }

  #more(): void {
    const { addresses } = this.play;
    while (this.#mayOpen()) {
      this.#alive++;
      this.#opening++;
      const turn = this.seen.connections++;
      // oxlint-disable-next-line no-new -- it lives by its socket
      new Connection(this, addresses > 1 ? `127.0.0.${2 + (turn % addresses)}` : undefined);
    }
  }
}
