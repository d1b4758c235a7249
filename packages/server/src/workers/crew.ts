/**
 * The workers of a server: started, started again when they die, told to end. Each has a number, 1 to N, which the one
 * that takes its place has too.
 */
import { systemClock } from "@posthorn/node";
import { pauseAfter, SOUND, TRIES } from "./back-off.ts";
import type { Door } from "./door.ts";
import { type WorkersEvent, WorkersError } from "./events.ts";
import { type End, Hand, type Program } from "./hand.ts";
import type { Common, Fed, FromWorker, ToWorker } from "./messages.ts";

/** How long a worker may take to end beyond the grace that it was given, in milliseconds. */
const LAST = 3000;

/** What a crew is made of. */
export interface CrewOptions<S> {
  readonly count: number;
  readonly program: Program;
  readonly door: Door;
  readonly listeners: readonly Fed[];
  readonly observe: (event: WorkersEvent) => void;
  readonly common: Common<S>;
}

interface Place<S> {
  readonly number: number;
  hand: Hand<S> | undefined;
  ready: boolean;
  since: number;
  shortLives: number;
  failedStarts: number;
  timer: NodeJS.Timeout | undefined;
}

interface Reload {
  readonly waits: Set<Hand<unknown>>;
  readonly done: () => void;
  readonly failed: (error: Error) => void;
}

/** The workers. */
export class Crew<S> {
  /** Resolves when all are ready. @throws WorkersError */
  readonly started: Promise<void>;
  /** Resolves when all have ended as told. @throws WorkersError where they were given up */
  readonly ended: Promise<void>;
  readonly #options: CrewOptions<S>;
  readonly #places: readonly Place<S>[];
  readonly #reloads = new Map<number, Reload>();
  readonly #start = Promise.withResolvers<void>();
  readonly #end = Promise.withResolvers<void>();
  #common: Common<S>;
  #turn = 0;
  #allStarted = false;
  #closing = false;
  #stressed = false;
  #killAt = Infinity;
  #kill: NodeJS.Timeout | undefined = undefined;

  constructor(options: CrewOptions<S>) {
    this.#options = options;
    this.#common = options.common;
    this.started = this.#start.promise;
    this.ended = this.#end.promise;
    this.#places = Array.from({ length: options.count }, (_, index) => ({
      number: index + 1,
      hand: undefined,
      ready: false,
      since: 0,
      shortLives: 0,
      failedStarts: 0,
      timer: undefined,
    }));
    for (const place of this.#places) this.#fill(place);
  }

  /** Tells all whether times are short. */
  stress(on: boolean): void {
    if (on === this.#stressed) return;
    this.#stressed = on;
    this.#tell({ posthorn: "stress", on });
  }

  /** Gives all, and who comes later, what they have in common. Resolves when it is in force everywhere. */
  reload(common: Common<S>): Promise<void> {
    this.#common = common;
    const turn = ++this.#turn;
    const waits = new Set<Hand<unknown>>();
    for (const { hand } of this.#places) if (hand !== undefined) waits.add(hand);
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    if (waits.size === 0) resolve();
    else this.#reloads.set(turn, { waits, done: resolve, failed: reject });
    this.#tell({ posthorn: "reload", turn, common });
    return promise;
  }

  /** Ends all: those that have not ended `grace` milliseconds from now, and a little, are killed. */
  close(grace: number): Promise<void> {
    this.#closing = true;
    this.#tell({ posthorn: "close", grace });
    for (const { timer } of this.#places) clearTimeout(timer);
    const now = systemClock.now();
    this.#killAt = Math.min(this.#killAt, now + grace + LAST);
    clearTimeout(this.#kill);
    this.#kill = setTimeout(() => this.#killAll(), this.#killAt - now);
    this.#look();
    return this.ended;
  }

  #fill(place: Place<S>): void {
    place.since = systemClock.now();
    const hand: Hand<S> = new Hand(this.#options.program, place.number, {
      said: (message) => this.#said(place, hand, message),
      ended: (end) => this.#lost(place, hand, end),
    });
    place.hand = hand;
    hand.tell({ posthorn: "start", listeners: this.#options.listeners, common: this.#common });
  }

  #said(place: Place<S>, hand: Hand<S>, message: FromWorker): void {
    const { door, observe } = this.#options;
    switch (message.posthorn) {
      case "now":
        hand.taken(message.taken);
        hand.taken(message.gone);
        door.gone(hand, message.gone, systemClock.now());
        break;
      case "reloaded":
        this.#reloaded(hand, message.turn, message.error);
        break;
      case "ready":
        place.ready = true;
        place.failedStarts = 0;
        hand.tell({ posthorn: "stress", on: this.#stressed });
        observe({ type: "worker-started", worker: place.number, pid: hand.pid });
        door.seat(hand);
        if (!this.#places.every(({ ready }) => ready)) break;
        this.#allStarted = true;
        this.#start.resolve();
        break;
    }
  }

  #lost(place: Place<S>, hand: Hand<S>, end: End): void {
    const { door, observe } = this.#options;
    const now = systemClock.now();
    const connections = door.unseat(hand, now);
    for (const turn of this.#reloads.keys()) this.#reloaded(hand, turn, undefined);
    if (!place.ready) place.failedStarts += 1;
    place.shortLives = place.ready && now - place.since >= SOUND ? 0 : place.shortLives + 1;
    place.hand = undefined;
    place.ready = false;
    if (this.#closing) {
      this.#look();
      return;
    }
    const served = this.#allStarted && this.#places.some(({ ready }) => ready);
    if (place.failedStarts >= TRIES && !served) {
      this.#giveUp(new WorkersError(end, place.failedStarts));
      return;
    }
    const again = pauseAfter(place.shortLives);
    observe({ type: "worker-ended", worker: place.number, pid: hand.pid, connections, again, ...end });
    place.timer = setTimeout(() => this.#fill(place), again);
  }

  #reloaded(hand: Hand<S>, turn: number, error: string | undefined): void {
    const reload = this.#reloads.get(turn);
    if (reload === undefined) return;
    if (error !== undefined) reload.failed(new Error(error));
    reload.waits.delete(hand);
    if (reload.waits.size > 0) return;
    this.#reloads.delete(turn);
    reload.done();
  }

  #giveUp(error: WorkersError): void {
    this.#closing = true;
    for (const { timer } of this.#places) clearTimeout(timer);
    this.#killAll();
    if (this.#allStarted) this.#end.reject(error);
    else this.#start.reject(error);
  }

  #killAll(): void {
    for (const { hand } of this.#places) hand?.kill();
  }

  #tell(message: ToWorker<S>): void {
    for (const { hand } of this.#places) hand?.tell(message);
  }

  /** Whether all have ended. */
  #look(): void {
    if (this.#places.some(({ hand }) => hand !== undefined)) return;
    clearTimeout(this.#kill);
    this.#end.resolve();
  }
}
