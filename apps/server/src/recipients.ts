/**
 * Who mail is taken for. A recipient is local if its domain is one of ours, compared as A-labels (or any, where none
 * are configured); then its mailbox must exist. Postmaster is always taken (RFC 5321 §4.5.1). All else would be
 * relaying, which nobody may do, whoever they are (A14).
 */
import { reply } from "@posthorn/contract";
import type { ForwardPath, Mailbox, Reply } from "@posthorn/contract";
import { asciiUpper, isPostmaster } from "@posthorn/wire";
import { comparable } from "./domains.ts";
import { isRoute } from "./local-part.ts";
import type { Mailboxes } from "./maildir/mailboxes.ts";

/** What recipients are judged by. */
export interface RecipientsOptions {
  readonly hostname: string;
  /** As they are compared; none: any. */
  readonly domains: readonly string[];
  /** Where mail for postmaster goes, if not to a mailbox of that name. */
  readonly postmaster: Mailbox | undefined;
  /** Where mailboxes are; nowhere in a sink. */
  readonly mailboxes: Pick<Mailboxes, "has" | "open"> | undefined;
}

const relayDenied = reply(550, "5.7.1", "Relaying denied: this server does not take mail for that domain");
const relayAbsent = reply(550, "5.7.1", "Relaying is not configured on this server");
const routeDenied = reply(550, "5.7.1", "Relaying denied: the local part names another host");
const unknown = reply(550, "5.1.1", "No such mailbox here");

/** Judges recipients, and says where their mail goes. */
export class Recipients {
  readonly #options: RecipientsOptions;
  readonly #domains: ReadonlySet<string>;

  constructor(options: RecipientsOptions) {
    this.#options = options;
    this.#domains = new Set(options.domains);
  }

  /** Why mail for it is not taken; `undefined` where it is. */
  async refusal(path: ForwardPath, authenticated: boolean): Promise<Reply | undefined> {
    if (this.#isPostmaster(path)) return undefined;
    if (this.#domains.size > 0) {
      if (!this.#domains.has(comparable(path.domain) ?? "")) return authenticated ? relayAbsent : relayDenied;
      if (isRoute(path.local)) return routeDenied;
    }
    const { mailboxes } = this.#options;
    return mailboxes === undefined || (await mailboxes.has(path)) ? undefined : unknown;
  }

  /** The mailbox that mail for an accepted recipient goes to. */
  mailboxOf(path: ForwardPath): Mailbox {
    if (!this.#isPostmaster(path)) return path;
    const { postmaster, domains, hostname } = this.#options;
    if (postmaster !== undefined) return postmaster;
    return path.domain === ""
      ? { local: "postmaster", domain: domains[0] ?? hostname }
      : { ...path, local: "postmaster" };
  }

  /** The folder of its mailbox; that of postmaster is made if need be. `undefined` where there is none. */
  async folderOf(path: ForwardPath): Promise<string | undefined> {
    const mailbox = this.mailboxOf(path);
    return this.#isPostmaster(path)
      ? this.#options.mailboxes?.open(mailbox, true)
      : this.#options.mailboxes?.open(mailbox);
  }

  /** `<Postmaster>`, and postmaster of a domain of ours or of this host; where any domain is ours, that of any. */
  #isPostmaster(path: ForwardPath): boolean {
    if (isPostmaster(path)) return true;
    if (asciiUpper(path.local) !== "POSTMASTER") return false;
    const domain = comparable(path.domain);
    if (domain === undefined) return false;
    return this.#domains.size === 0 || this.#domains.has(domain) || domain === comparable(this.#options.hostname);
  }
}
