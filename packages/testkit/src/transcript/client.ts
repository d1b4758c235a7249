/**
 * A transcript, played to a client: its `S:` lines are fed, and what the client sends is held against its `C:` lines,
 * octet by octet. What it is to send is read off the transcript: each MAIL begins a message.
 */
import { ASCII, type MailArgs, type Message, type RcptArgs, UTF8 } from "@posthorn/contract";
import type { Composition } from "@posthorn/session";
import { encodeUtf8, splitCommand } from "@posthorn/wire";
import { ClientHost, type Delivery } from "../client-host.ts";
import { cycle, joined, textOf } from "../octets.ts";
import type { Step, Transcript } from "./parse.ts";

/** How the transcript's server is fed. */
export interface ClientPlayOptions {
  /** Sizes of the pieces in which octets arrive, again and again; each reply whole where not given. */
  readonly sizes?: readonly number[];
}

const wrong = (sentence: string): never => {
  throw new Error(sentence);
};

interface Draft {
  readonly mail: MailArgs;
  readonly to: RcptArgs[];
  readonly content: Uint8Array[];
}

const isArgs = (value: unknown): value is MailArgs => typeof value === "object" && value !== null && "params" in value;
const isRcpt = (value: unknown): value is RcptArgs => isArgs(value) && value.path !== null;

const argsOf = (composition: Composition, verb: string, raw: string | undefined): unknown => {
  const row = composition.row(verb);
  for (const grammar of [ASCII, UTF8]) {
    const read = row?.verb.args.decode(raw, grammar);
    if (read?.ok === true) return read.value;
  }
  return wrong(`the composition cannot read ${verb} ${raw ?? ""}`);
};

const unstuffed = (octets: Uint8Array): Uint8Array => (octets[0] === 46 ? octets.slice(1) : octets);

const factsOf = (content: Uint8Array, params: MailArgs["params"]): Message["facts"] => {
  const body = "BODY" in params ? params.BODY : undefined;
  if (body === "BINARYMIME") return { octets: "binary" };
  return { octets: content.some((octet) => octet > 127) ? "8bit" : "7bit" };
};

/** The messages that a transcript's client sends. */
const deliveriesOf = (composition: Composition, steps: readonly Step[]): readonly Delivery[] => {
  const drafts: Draft[] = [];
  let inData = false;
  for (const step of steps) {
    if (step.by !== "client") continue;
    const draft = drafts.at(-1);
    if (inData) {
      inData = step.line !== ".";
      if (inData) draft?.content.push(step.line === undefined ? step.octets : unstuffed(step.octets));
      continue;
    }
    if (step.line === undefined) {
      draft?.content.push(step.octets);
      continue;
    }
    const { verb, raw } = splitCommand(encodeUtf8(step.line));
    inData = verb === "DATA";
    if (verb !== "MAIL" && verb !== "RCPT") continue;
    const args = argsOf(composition, verb, raw);
    if (verb === "MAIL" && isArgs(args)) drafts.push({ mail: args, to: [], content: [] });
    else if (isRcpt(args)) draft?.to.push(args);
  }
  return drafts.map(({ mail, to, content }) => ({
    message: { from: mail.path, params: mail.params, to, facts: factsOf(joined(content), mail.params) },
    content: content.filter((piece) => piece.length > 0),
  }));
};

const nameOf = (steps: readonly Step[]): string => {
  for (const step of steps) {
    const found = step.by === "client" ? /^(?:EHLO|LHLO|HELO) (\S+)/i.exec(step.line ?? "") : null;
    if (found?.[1] !== undefined) return found[1];
  }
  return "client.example";
};

/** Plays a transcript to a client. @throws Error where it does not say what the transcript has. */
export const playClient = (transcript: Transcript, composition: Composition, options: ClientPlayOptions = {}): void => {
  const { steps } = transcript;
  const size = cycle(options.sizes ?? [], Infinity);
  const host = new ClientHost(composition, { name: nameOf(steps), deliveries: deliveriesOf(composition, steps) });
  let expected = "";
  let sent = "";
  const hear = (): void => {
    host.settle();
    sent += textOf(joined(host.take()));
  };
  const check = (): void => {
    hear();
    if (!sent.startsWith(expected))
      wrong(`it says ${JSON.stringify(sent)}, where the transcript has ${JSON.stringify(expected)}`);
  };
  for (const step of steps) {
    if (step.by === "client") expected += textOf(step.octets);
    else if (step.by === "both") {
      check();
      if (!host.upgrading) wrong("the transcript has a handshake, and the client is not ready for one");
      host.upgrade();
    } else {
      check();
      for (let at = 0; at < step.octets.length;) {
        const to = at + Math.max(1, size.next().value);
        host.receive(step.octets.slice(at, to));
        at = to;
      }
    }
  }
  check();
  const more = sent.slice(expected.length);
  if (more !== "" && more !== "QUIT\r\n") wrong(`it goes on with ${JSON.stringify(more)}`);
};
