/**
 * What is put to the hooks about commands, and what becomes of their answers. An answer that is there at once is said
 * at once, without a closure, an object or a tick: hooks that answer at once are the usual, and 3 % of a message is
 * 600 ns. Only a promise is given the closures that waiting needs.
 */
import type { Extensions, Reply } from "@posthorn/contract";
import type { AskEvent, HelloEvent, MailEvent, RecipientEvent, VerifyEvent } from "@posthorn/session";
import { isThenable } from "./asking.ts";
import type { Driver } from "./driver.ts";
import type { Answer } from "./hooks.ts";
import type { Recipient } from "./session.ts";
import { AUTH_FIRST, EARLY_TALK, ENOUGH, LOCAL_CLOSE, TLS_FIRST, TOO_MANY_MESSAGES } from "./shared.ts";

/** A client has connected (RFC 5321 §3.1). */
export const greet = <X extends Extensions>(driver: Driver<X>): void => {
  const { hooks } = driver.shared;
  let said: Answer = undefined;
  try {
    if (hooks.connection !== undefined) said = hooks.connection(driver.seen);
  } catch (error) {
    driver.refuse("connection", error, LOCAL_CLOSE);
    return;
  }
  if (!isThenable(said)) greeted(driver, said ?? undefined);
  else {
    driver.asking.wait(
      said,
      (late) => greeted(driver, late ?? undefined),
      (error) => driver.refuse("connection", error, LOCAL_CLOSE),
    );
  }
};

const greeted = <X extends Extensions>(driver: Driver<X>, said: Reply | undefined): void => {
  const early = driver.shared.refuseEarlyTalk && driver.seen.earlyTalk > 0;
  driver.say("connection", early ? EARLY_TALK : said, LOCAL_CLOSE);
};

/** EHLO, HELO, LHLO. */
export const hello = <X extends Extensions>(driver: Driver<X>, { verb, domain }: HelloEvent): void => {
  const { hooks } = driver.shared;
  let said: Answer = undefined;
  try {
    if (hooks.hello !== undefined) said = hooks.hello({ verb, domain }, driver.seen);
  } catch (error) {
    driver.refuse("hello", error);
    return;
  }
  consult(driver, "hello", said);
};

/** MAIL. */
export const mail = <X extends Extensions>(driver: Driver<X>, { path, params }: MailEvent<X>): void => {
  const { seen } = driver;
  const given = { path, params };
  driver.watch?.mail(given);
  seen.begin();
  let said: Answer = undefined;
  try {
    said = submissionRefusal(driver) ?? countRefusal(driver) ?? driver.shared.hooks.mail?.(given, seen);
  } catch (error) {
    driver.refuse("mail", error);
    return;
  }
  consult(driver, "mail", said);
};

/** RCPT. */
export const recipient = <X extends Extensions>(driver: Driver<X>, { path, params }: RecipientEvent<X>): void => {
  const given = { path, params };
  driver.watch?.recipient(given);
  let said: Answer = undefined;
  try {
    said = driver.shared.hooks.recipient?.(given, driver.seen);
  } catch (error) {
    driver.refuse("recipient", error);
    return;
  }
  consult(driver, "recipient", said, given);
};

/** VRFY and EXPN. */
export const verify = <X extends Extensions>(driver: Driver<X>, { verb, argument }: VerifyEvent): void => {
  let said: Answer = undefined;
  try {
    said = submissionRefusal(driver) ?? driver.shared.hooks.verify?.({ verb, argument }, driver.seen);
  } catch (error) {
    driver.refuse("verify", error);
    return;
  }
  consult(driver, "verify", said);
};

/** Says what a hook answered, now or later; where that accepts, the recipient is one of those who were. */
const consult = <X extends Extensions>(
  driver: Driver<X>,
  where: string,
  said: Answer,
  accepted?: Recipient<X>,
): void => {
  if (!isThenable(said)) answer(driver, where, said ?? undefined, accepted);
  else {
    driver.asking.wait(
      said,
      (late) => answer(driver, where, late ?? undefined, accepted),
      (error) => driver.refuse(where, error),
    );
  }
};

const answer = <X extends Extensions>(
  driver: Driver<X>,
  where: string,
  said: Reply | undefined,
  accepted: Recipient<X> | undefined,
): void => {
  if (driver.say(where, said) && accepted !== undefined) driver.seen.accept(accepted);
};

/** Submission is for who is known, over TLS (RFC 6409 §4.3, RFC 8314 §3). */
const submissionRefusal = <X extends Extensions>({ peer, session, shared }: Driver<X>): Reply | undefined => {
  if (peer.role !== "submission") return undefined;
  if (session.tls === undefined && !shared.submissionInClear) return TLS_FIRST;
  return session.fact("authenticated") === undefined ? AUTH_FIRST : undefined;
};

const countRefusal = <X extends Extensions>({ peer, session, shared }: Driver<X>): Reply | undefined => {
  const { admission, clock, limits } = shared;
  const { key } = peer;
  if (session.transactions >= limits.messages) return ENOUGH;
  if (key === undefined || limits.messageRate === Infinity) return undefined;
  const now = clock.now();
  if (admission.over(key, "messageRate", now)) return TOO_MANY_MESSAGES;
  admission.count(key, "messageRate", now);
  return undefined;
};

/** Performs what a conversation asks for. */
export const perform = <X extends Extensions>(driver: Driver<X>, event: AskEvent): void => {
  if (event.verb === "AUTH" && !driver.penalties.mayAuthenticate(driver.shared.clock.now())) {
    event.fail(new RangeError("too many authentications from this address"));
    return;
  }
  let value: unknown;
  try {
    value = event.run(event.signal);
  } catch (error) {
    failed(driver, event, error);
    return;
  }
  if (!isThenable(value)) performed(driver, event, value);
  else {
    driver.asking.wait(
      value,
      (late) => performed(driver, event, late),
      (error) => failed(driver, event, error),
    );
  }
};

const performed = <X extends Extensions>(
  { penalties, session, shared }: Driver<X>,
  event: AskEvent,
  value: unknown,
): void => {
  event.resume(value);
  penalties.asked(session, shared.clock.now());
};

const failed = <X extends Extensions>(driver: Driver<X>, event: AskEvent, error: unknown): void => {
  driver.failed("ask", error);
  event.fail(error);
};
