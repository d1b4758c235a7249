// What a peer is: another program that speaks SMTP, where it may be found, and what is tried with it.
import type { Running, Sample } from "@posthorn/demo";
import type { MaildirReader } from "@posthorn/demo";
import type { User, World } from "./world.ts";

/** How a client comes to our server: unauthenticated; STARTTLS and AUTH; TLS at once and AUTH. */
export type Way = "exchanger" | "submission" | "submissions";

/** What every case can use. */
export interface Bench {
  readonly server: Running;
  readonly reader: MaildirReader;
  readonly user: string;
  readonly password: string;
  /** A folder for files of this run. */
  readonly folder: string;
  /** The port of a listener of our server. */
  port(way: Way | "lmtp"): number;
}

/** One thing that is tried. Resolves to what is wrong, or to nothing. */
export interface Case {
  readonly name: string;
  run(): Promise<string | undefined>;
}

/** A peer that is there. */
export interface Opened {
  readonly version: string;
  readonly cases: readonly Case[];
  /** Ends what runs. */
  close?(): Promise<void>;
}

/** A peer. */
export interface Peer {
  readonly name: string;
  /** The program that must be there; none for a package of npm's. */
  readonly program?: string;
  /** Debian's packages that have it. */
  readonly packages?: readonly string[];
  /** Users that it insists on. */
  readonly users?: readonly User[];
  /** @throws Error in one line, where it cannot be run here */
  open(bench: Bench, world: World): Promise<Opened>;
}

/** A message under a name of its own, for a case. */
export type { Sample };
