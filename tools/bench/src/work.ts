// The words of the bench. A *work* is one kind of load; *contenders* do it in turns, round by round, so that what drifts
// on the machine meets all alike. What each needed in each round is a *sample*; the *figures* are made of samples.

/** What one contender needed in one round, for one unit of the work: a message, a handshake, a session. */
export interface Sample {
  /** CPU of the contender, µs for one. */
  readonly cpu?: number;
  /** Of it in the kernel. */
  readonly system?: number;
  /** Units a second of wall time. */
  readonly rate?: number;
  /** Milliseconds of wall time for one. */
  readonly wall?: number;
  /** Resident memory at most, octets, of all its processes. */
  readonly peak?: number;
  /** Memory of one, octets. */
  readonly memory?: number;
  /** CPU of the load generator, µs for one. */
  readonly load?: number;
}

/** One who does the work. */
export interface Contender {
  readonly name: string;
  /** Does it once and tells what it needed. */
  round(): Promise<Sample>;
  /** Goes on in a process of its own that is new, where it has one. */
  anew?(): Promise<void>;
  stop(): Promise<void>;
}

/** How much of a work is to be done. */
export interface Amount {
  readonly rounds: number;
  /** The share of the full number of messages. */
  readonly share: number;
}

/** One kind of load. */
export interface Work {
  readonly name: string;
  readonly title: string;
  /** What one unit is: `message`, `MiB`, `handshake`. */
  readonly unit: string;
  /** Roughly, seconds for one round of all. */
  readonly weight: number;
  /** Rounds, where a work needs more or fewer than others. */
  readonly rounds?: number;
  /** Uncounted rounds before the first, if not two. */
  readonly warm?: number;
  /** Starts who takes part; who is missing is told to `lack`. */
  start(setting: Setting): Promise<Contender[]>;
}

/** What a work finds around it. */
export interface Setting {
  readonly amount: Amount;
  /** Another checkout to measure beside this one. */
  readonly against: string | undefined;
  /** A checkout that is measured instead of this one. */
  readonly ours: string | undefined;
  /** Who takes part beside us and the limit: all that are there, npm's only, or nobody. */
  readonly peers: "all" | "npm" | "none";
  /** Names what is left out, and why. */
  readonly lack: (who: string, why: string) => void;
}

/** What came of a work. */
export interface Result {
  readonly work: string;
  readonly title: string;
  readonly unit: string;
  readonly contenders: readonly Measured[];
}

/** What one contender needed, round by round. */
export interface Measured {
  readonly name: string;
  readonly samples: readonly Sample[];
}

/** Those who could be started; who could not is named as left out. */
export async function taking(starting: readonly Promise<Contender>[], setting: Setting): Promise<Contender[]> {
  const settled = await Promise.allSettled(starting);
  return settled.flatMap((one) => {
    if (one.status === "fulfilled") return [one.value];
    setting.lack(
      "one that could not be started",
      one.reason instanceof Error ? one.reason.message : String(one.reason),
    );
    return [];
  });
}
