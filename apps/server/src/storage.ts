/**
 * The content of messages, on its way into Maildirs: fields of trace above it, Received fields counted in it, durable
 * before the peer is told 250. What the file system refuses is 451, or 452 where there is no room, with nothing visible
 * (RFC 5321 §4.2.5: who says 250 has taken responsibility).
 */
import { reply } from "@posthorn/contract";
import type { Reply } from "@posthorn/contract";
import type { AbortReason, ContentSink, Envelope, Session } from "@posthorn/server";
import { systemCode } from "./exit.ts";
import { Delivery } from "./maildir/delivery.ts";
import type { Copy } from "./maildir/delivery.ts";
import { nodeDisk } from "./maildir/disk.ts";
import type { Disk } from "./maildir/disk.ts";
import { FolderSyncs } from "./maildir/folder-syncs.ts";
import type { Mailboxes } from "./maildir/mailboxes.ts";
import { Orphans } from "./maildir/orphans.ts";
import { ReceivedCount } from "./received-count.ts";
import type { Recipients } from "./recipients.ts";
import { deliveredTo, received, returnPath } from "./trace.ts";
import { passageOf } from "./passage.ts";

/** What the storage of messages needs. */
export interface StorageOptions {
  readonly hostname: string;
  readonly mailboxes: Mailboxes | undefined;
  readonly recipients: Recipients;
  /** Octets of a message, at most; 0: any. */
  readonly maxSize: number;
  /** Received fields of a message, at most. */
  readonly received: number;
  /** Hears why a delivery failed. */
  readonly failed: (session: string, error: unknown) => void;
  /** The file system; the machine's if not given. */
  readonly disk?: Disk;
}

const notStored = reply(451, "4.3.0", "The message could not be stored; try again later");
const noRoom = reply(452, "4.3.1", "There is no room for the message; try again later");
const circling = reply(554, "5.4.6", "Too many Received fields: the message goes in circles");

const NO_ROOM: ReadonlySet<string | undefined> = new Set(["ENOSPC", "EDQUOT"]);
/** Files that must be left before mail is taken: each message is one. */
const FILES_LEFT = 1000;
/** How long an answer about room is good, in milliseconds. */
const ROOM_AGE = 1000;

type Keeping = Pick<Delivery, "write" | "commit" | "discard">;

/** Where mail goes without a Maildir. */
const NOWHERE: Keeping = { write: () => true, commit: () => Promise.resolve(), discard: () => Promise.resolve() };

/** Makes a sink for each message. */
export class Storage {
  readonly #options: StorageOptions;
  readonly #disk: Disk;
  readonly #syncs: FolderSyncs;
  readonly #orphans: Orphans;
  /** What is being written, or taken back. */
  readonly #works = new Set<Promise<unknown>>();
  #roomUntil = 0;

  constructor(options: StorageOptions) {
    this.#options = options;
    this.#disk = options.disk ?? nodeDisk;
    this.#syncs = new FolderSyncs(this.#disk);
    this.#orphans = new Orphans(this.#disk);
  }

  /** A sink for the content, or why there is none. */
  async open(envelope: Envelope, session: Session): Promise<ContentSink | Reply> {
    const count = new ReceivedCount();
    if (this.#options.mailboxes === undefined) return this.#sink(NOWHERE, count, session);
    try {
      if (!(await this.#hasRoom(this.#options.mailboxes.root))) return noRoom;
      const copies = await this.#copies(envelope, session);
      if (copies === undefined) return notStored;
      const delivery = new Delivery(copies, this.#options.hostname, this.#disk, this.#syncs);
      for (const { folder } of copies) void this.#work(this.#orphans.sweep(folder));
      return this.#sink(delivery, count, session);
    } catch (error) {
      return this.#refusal(error, session);
    }
  }

  #sink(delivery: Keeping, count: ReceivedCount, session: Session): ContentSink {
    return {
      write: (octets) => {
        count.see(octets);
        const taken = delivery.write(octets);
        // What fails is kept by the delivery: no more is wanted then, and the end says why.
        return taken === true || taken.then(() => true).catch(() => false);
      },
      end: async () => {
        if (count.count > this.#options.received) {
          await this.#work(delivery.discard());
          return circling;
        }
        try {
          await this.#work(delivery.commit());
          return undefined;
        } catch (error) {
          return this.#refusal(error, session);
        }
      },
      abort: (_why: AbortReason) => this.#work(delivery.discard()),
    };
  }

  /** Resolves when nothing is being written, nor taken back. */
  async settled(): Promise<void> {
    await Promise.allSettled(this.#works);
  }

  async #work<T>(work: Promise<T>): Promise<T> {
    this.#works.add(work);
    try {
      return await work;
    } finally {
      this.#works.delete(work);
    }
  }

  #refusal(error: unknown, session: Session): Reply {
    this.#options.failed(session.id, error);
    return NO_ROOM.has(systemCode(error)) ? noRoom : notStored;
  }

  /** Whether one and a half of the largest message fit: else a message is refused before it is sent. */
  async #hasRoom(folder: string): Promise<boolean> {
    const now = performance.now();
    if (now < this.#roomUntil) return true;
    const { octets, files } = await this.#disk.free(folder);
    const room = octets > this.#options.maxSize * 1.5 && files > FILES_LEFT;
    this.#roomUntil = room ? now + ROOM_AGE : 0;
    return room;
  }

  /** One copy for each Maildir, with the recipients who are in it; `undefined` where a mailbox has gone since RCPT. */
  async #copies(envelope: Envelope, session: Session): Promise<readonly Copy[] | undefined> {
    const { recipients, hostname } = this.#options;
    const delivered = new Map<string, Set<string>>();
    for (const { path } of envelope.recipients) {
      const folder = await recipients.folderOf(path);
      if (folder === undefined) return undefined;
      const lines = delivered.get(folder) ?? new Set();
      delivered.set(folder, lines.add(deliveredTo(recipients.mailboxOf(path))));
    }
    const above = returnPath(envelope.mail.path);
    const below = received(passageOf(envelope, session, hostname));
    return [...delivered].map(([folder, lines]) => ({
      folder,
      fields: Buffer.from(`${above}${[...lines].join("")}${below}`, "utf8"),
    }));
  }
}
