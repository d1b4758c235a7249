/** What a session tells about its commands, as observations. All text of the peer is escaped here. */
import { type Extensions, type Reply, UTF8 } from "@posthorn/contract";
import type { AnsweredEvent, Composition, FaultEvent, ServerSession } from "@posthorn/session";
import { cutPath, escape, formatMailbox, forwardPath, reversePath } from "@posthorn/wire";
import type { CloseReason, Observers } from "./observation.ts";
import type { Mail, Recipient } from "./session.ts";

const HELLOS: ReadonlySet<string> = new Set(["EHLO", "HELO", "LHLO"]);

const shown = (path: { readonly local: string; readonly domain: string } | null): string => {
  if (path === null) return "";
  return escape(path.domain === "" ? path.local : formatMailbox(path));
};

/** The address of a command that was refused before anybody was asked; the whole argument where there is none. */
const written = (raw = "", keyword: "FROM:" | "TO:"): string => {
  const cut = cutPath(raw, keyword);
  const path = cut.ok ? (keyword === "TO:" ? forwardPath : reversePath).decode(cut.value.path, UTF8) : cut;
  return path.ok ? shown(path.value) : escape(raw);
};

/** Watches one session. */
export class Watch<X extends Extensions> {
  /** Why the session ended, as far as replies tell. */
  reason: CloseReason | undefined = undefined;
  readonly #observers: Observers<X>;
  readonly #id: string;
  readonly #session: ServerSession<X>;
  readonly #composition: Composition<X>;
  #mail: Mail<X> | undefined = undefined;
  #recipient: Recipient<X> | undefined = undefined;

  constructor(observers: Observers<X>, composition: Composition<X>, id: string, session: ServerSession<X>) {
    this.#observers = observers;
    this.#composition = composition;
    this.#id = id;
    this.#session = session;
  }

  /** MAIL is about to be answered. */
  mail(mail: Mail<X>): void {
    this.#mail = mail;
  }

  /** RCPT is about to be answered. */
  recipient(recipient: Recipient<X>): void {
    this.#recipient = recipient;
  }

  /** A command was answered. */
  answered({ verb, raw, reply }: AnsweredEvent<X>): void {
    if (reply.code === 421) this.reason = "refused";
    else if (verb === "QUIT" && reply.code < 300) this.reason = "quit";
    if (!this.#observers.some) return;
    const argument = raw === undefined || this.#named(verb) === "" ? undefined : escape(raw);
    const head = { session: this.#id, reply };
    this.#observers.tell({
      ...head,
      type: "command",
      verb: this.#named(verb),
      ...(argument === undefined ? {} : { argument }),
      phase: this.#session.phase,
    });
    if (HELLOS.has(verb)) this.#observers.tell({ ...head, type: "hello", verb, domain: argument ?? "" });
    else if (verb === "MAIL") this.#mailAnswered(raw, reply);
    else if (verb === "RCPT") this.#recipientAnswered(raw, reply);
    else if (verb === "AUTH" && (reply.code < 300 || reply.code >= 400)) this.#authAnswered(reply);
  }

  /** The peer made a mistake, or an extension did. */
  fault({ fault, verb = "", error }: FaultEvent): void {
    if (!this.#observers.some) return;
    const session = this.#id;
    if (error !== undefined) this.#observers.tell({ type: "error", session, where: "extension", error });
    else {
      this.#observers.tell({ type: "fault", session, code: fault.code, verb: this.#named(verb), reply: fault.reply });
    }
  }

  /** A verb that there is. What is none may be a password, from a client that did not wait for the reply to AUTH (security: A8). */
  #named(verb: string): string {
    return this.#composition.row(verb) === undefined ? "" : verb;
  }

  #mailAnswered(raw: string | undefined, reply: Reply): void {
    const mail = this.#mail;
    this.#mail = undefined;
    this.#observers.tell({
      type: "mail",
      session: this.#id,
      from: mail === undefined ? written(raw, "FROM:") : shown(mail.path),
      ...(mail === undefined ? {} : { params: mail.params }),
      reply,
    });
  }

  #recipientAnswered(raw: string | undefined, reply: Reply): void {
    const recipient = this.#recipient;
    this.#recipient = undefined;
    this.#observers.tell({
      type: "recipient",
      session: this.#id,
      to: recipient === undefined ? written(raw, "TO:") : shown(recipient.path),
      ...(recipient === undefined ? {} : { params: recipient.params }),
      reply,
    });
  }

  #authAnswered(reply: Reply): void {
    const mechanism = this.#session.fact("mechanism");
    const name = this.#session.fact("authenticated");
    const ok = reply.code < 300;
    this.#observers.tell({
      type: "auth",
      session: this.#id,
      ok,
      ...(ok && typeof mechanism === "string" ? { mechanism } : {}),
      ...(ok && typeof name === "string" ? { name: escape(name) } : {}),
      reply,
    });
  }
}
