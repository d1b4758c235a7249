/** One worker process, from the side of the first process. */
import { type ChildProcess, fork } from "node:child_process";
import type { Socket } from "node:net";
import type { Seat } from "./door.ts";
import { type FromWorker, isFromWorker, type ToWorker, WORKER_VARIABLE } from "./messages.ts";

/** What a worker runs. */
export interface Program {
  readonly module: string;
  readonly args: readonly string[];
}

/** How a worker ended. */
export interface End {
  readonly code: number | null;
  readonly signal: string | null;
}

/** Who hears of a worker. */
export interface Hearer {
  readonly said: (message: FromWorker) => void;
  /** Once. */
  readonly ended: (end: End) => void;
}

/** A worker process. */
export class Hand<S> implements Seat {
  readonly #child: ChildProcess;
  /** What is on its way: it is closed here when the worker has it, or has died. Node would lose what waits in its queue. */
  readonly #sent = new Map<number, Socket>();
  #ended = false;

  constructor({ module, args }: Program, number: number, { said, ended }: Hearer) {
    const env = { ...process.env, [WORKER_VARIABLE]: String(number) };
    this.#child = fork(module, args, { env });
    this.#child.on("message", (message: unknown) => {
      if (!this.#ended && isFromWorker(message)) said(message);
    });
    const over = (end: End): void => {
      if (this.#ended) return;
      this.#ended = true;
      this.taken([...this.#sent.keys()]);
      ended(end);
    };
    this.#child.on("exit", (code, signal) => over({ code, signal }));
    // It could not be started, or not be told something, which its end will explain.
    this.#child.on("error", () => {
      if (this.#child.pid === undefined) over({ code: null, signal: null });
    });
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  tell(message: ToWorker<S>): void {
    if (this.#child.connected) this.#child.send(message, ignore);
  }

  take(id: number, at: number, socket: Socket): void {
    this.#sent.set(id, socket);
    const message: ToWorker<S> = { posthorn: "connection", id, at };
    if (this.#child.connected) this.#child.send(message, socket, { keepOpen: true }, ignore);
  }

  /** These have arrived. */
  taken(ids: readonly number[]): void {
    for (const id of ids) {
      this.#sent.get(id)?.destroy();
      this.#sent.delete(id);
    }
  }

  kill(): void {
    this.#child.kill("SIGKILL");
  }
}

const ignore = (): void => undefined;
