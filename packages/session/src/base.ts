/**
 * The verbs that are there without any extension (RFC 5321 §4.1.1, RFC 2033 §4.1), as rows like any other. What they
 * answer is in `server/base-verbs.ts`; that MAIL and RCPT take the parameters of the composed extensions is in
 * `envelope.ts`.
 */
import { type Codec, type Verb, verb } from "@posthorn/contract";
import type { MailArgs, RcptArgs } from "@posthorn/contract";
import { dotDecoder, dotEncoder } from "@posthorn/data";
import { type HeloArgument, heloArgument, none, optional, text } from "@posthorn/wire";

/** Every phase in which the greeting was accepted, those of extensions included. */
const ANY: readonly ["*"] = ["*"];

const hello = <const N extends "EHLO" | "HELO" | "LHLO">(name: N): Verb<HeloArgument, never, N> =>
  verb(name, {
    syntax: `${name} SP ( domain / address-literal )`,
    args: heloArgument,
    from: ANY,
    on: { 2: { to: "ready", forgets: "hello" }, 4: { to: "same" }, 5: { to: "same" } },
    group: "last",
  });

/** EHLO (RFC 5321 §4.1.1.1). */
export const EHLO: Verb<HeloArgument, never, "EHLO"> = hello("EHLO");
/** HELO (RFC 5321 §4.1.1.1). */
export const HELO: Verb<HeloArgument, never, "HELO"> = hello("HELO");
/** LHLO (RFC 2033 §4.1). */
export const LHLO: Verb<HeloArgument, never, "LHLO"> = hello("LHLO");

/** MAIL (RFC 5321 §4.1.1.2), over the given parameters. */
export const mailRow = (args: Codec<MailArgs>): Verb<MailArgs, never, "MAIL"> =>
  verb("MAIL", {
    syntax: "MAIL FROM:<reverse-path> [SP parameters]",
    args,
    from: ["ready"],
    on: { 2: { to: "mail" }, 4: { to: "same" }, 5: { to: "same" } },
    group: "free",
  });

/** RCPT (RFC 5321 §4.1.1.3), over the given parameters. */
export const rcptRow = (args: Codec<RcptArgs>): Verb<RcptArgs, never, "RCPT"> =>
  verb("RCPT", {
    syntax: "RCPT TO:<forward-path> [SP parameters]",
    args,
    from: ["mail", "rcpt"],
    on: { 2: { to: "rcpt" }, 4: { to: "same" }, 5: { to: "same" } },
    group: "free",
  });

/** How content that comes by DATA must end its lines. */
export interface ContentRules {
  /** `strict` refuses bare CR and bare LF with 550 after the true end; `normalize` makes CRLF of them. */
  readonly lineEndings: "strict" | "normalize";
  /** The longest line of content, octets without CRLF; none by default. */
  readonly maxLine?: number;
}

/** DATA (RFC 5321 §4.1.1.4): 354, then content in dots (§4.5.2). */
export const dataRow = (rules: ContentRules): Verb<null, Uint8Array, "DATA"> =>
  verb("DATA", {
    syntax: "DATA",
    args: none,
    from: ["rcpt"],
    on: { 3: "opens", 4: { to: "same" }, 5: { to: "same" } },
    group: "last",
    intake: {
      opens: "on-3yz",
      carries: "content",
      decode: () => dotDecoder(rules),
      encode: () => dotEncoder({ lineEndings: "strict" }),
      last: () => true,
      then: {
        2: { to: "idle", forgets: "transaction" },
        4: { to: "idle", forgets: "transaction" },
        5: { to: "idle", forgets: "transaction" },
      },
      answers: "recipients",
    },
  });

/** RSET (RFC 5321 §4.1.1.5). */
export const RSET: Verb<null, never, "RSET"> = verb("RSET", {
  syntax: "RSET",
  args: none,
  from: ANY,
  on: { 2: { to: "idle", forgets: "transaction" }, 4: { to: "same" }, 5: { to: "same" } },
  group: "free",
});

const question = <const N extends "VRFY" | "EXPN">(name: N): Verb<string, never, N> =>
  verb(name, {
    syntax: `${name} SP string`,
    args: text,
    from: ANY,
    on: { 2: { to: "same" }, 4: { to: "same" }, 5: { to: "same" } },
    group: "last",
  });

/** VRFY (RFC 5321 §4.1.1.6), also before any hello (§4.1.4). */
export const VRFY: Verb<string, never, "VRFY"> = question("VRFY");
/** EXPN (RFC 5321 §4.1.1.7), also before any hello (§4.1.4). */
export const EXPN: Verb<string, never, "EXPN"> = question("EXPN");

/** HELP (RFC 5321 §4.1.1.8). */
export const HELP: Verb<string | undefined, never, "HELP"> = verb("HELP", {
  syntax: "HELP [SP string]",
  args: optional(text),
  from: ANY,
  on: { 2: { to: "same" }, 4: { to: "same" }, 5: { to: "same" } },
  group: "last",
});

/** NOOP (RFC 5321 §4.1.1.9). */
export const NOOP: Verb<string | undefined, never, "NOOP"> = verb("NOOP", {
  syntax: "NOOP [SP string]",
  args: optional(text),
  from: ANY,
  on: { 2: { to: "same" }, 4: { to: "same" }, 5: { to: "same" } },
  group: "last",
});

/** QUIT (RFC 5321 §4.1.1.10); also the one verb that is heard after a refusing greeting (§3.1). */
export const QUIT: Verb<null, never, "QUIT"> = verb("QUIT", {
  syntax: "QUIT",
  args: none,
  from: ["*", "refused"],
  on: { 2: { to: "closing" }, 4: { to: "closing" }, 5: { to: "closing" } },
  group: "last",
});
