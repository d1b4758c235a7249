/**
 * AUTH as a row (RFC 4954 §4): legal between transactions only, secret from its arguments on, and followed by lines of
 * base64, one for each 334. Whether a line is `*`, base64 or neither is for the conversation to say (`server.ts`): the
 * framing is the line.
 */
import { bad, LocalProtocolError, ok, reply, verb } from "@posthorn/contract";
import type { Codec, Decoder, Fault, Move, Reply, Verb } from "@posthorn/contract";
import { decodeBase64, encodeBase64, lineDecoder, lineEncoder } from "@posthorn/wire";
import { isMechanismName, readMechanismName } from "./mechanism-name.ts";

/** The arguments of AUTH. */
export interface AuthArgs {
  /** In upper case (RFC 4422 §3.1). */
  readonly mechanism: string;
  /** The initial response, decoded; empty for `=` (RFC 4954 §4). */
  readonly initial?: Uint8Array;
}

/** The longest line of an exchange, in octets with CRLF, either way (RFC 4954 §4, §4.5.3). */
export const AUTH_LINE = 12_288;

const SYNTAX = "AUTH SP mechanism [SP initial-response]";
const RFC = "RFC 4954 §4";

const initialResponse = (text: string): Uint8Array | undefined => {
  if (text === "=") return new Uint8Array(0);
  return text === "" ? undefined : decodeBase64(text);
};

/**
 * `mechanism [SP initial-response]`, the response as base64 or `=` where it is empty (RFC 4954 §4). Faults: `bad-mechanism`
 * (501 5.5.4), `bad-base64` (501 5.5.2).
 */
export const authArgs: Codec<AuthArgs> = {
  decode(raw = "") {
    const space = raw.indexOf(" ");
    const mechanism = readMechanismName(space < 0 ? raw : raw.slice(0, space));
    if (mechanism === undefined) return bad("bad-mechanism", reply(501, "5.5.4", `Syntax: ${SYNTAX}`), RFC);
    if (space < 0) return ok({ mechanism });
    const initial = initialResponse(raw.slice(space + 1));
    return initial === undefined
      ? bad("bad-base64", reply(501, "5.5.2", "Cannot decode the initial response"), RFC)
      : ok({ mechanism, initial });
  },
  encode({ mechanism, initial }) {
    if (!isMechanismName(mechanism))
      throw new LocalProtocolError("unencodable", "not the name of a mechanism", "RFC 4422 §3.1");
    if (initial === undefined) return mechanism;
    return `${mechanism} ${initial.length === 0 ? "=" : encodeBase64(initial)}`;
  },
};

/** What is said to a line over `AUTH_LINE` (RFC 4954 §6). */
export const LINE_TOO_LONG: Reply = reply(500, "5.5.6", "Authentication exchange line is too long");

const TOO_LONG: Fault = {
  code: "auth-line-too-long",
  reply: LINE_TOO_LONG,
  rfc: "RFC 4954 §6",
};

/** A line, for which being too long is a fault with a name of its own. */
class ResponseLine implements Decoder<Uint8Array> {
  readonly #line: Decoder<Uint8Array> = lineDecoder(AUTH_LINE);

  step(chunk: Uint8Array, from: number, end: number): number {
    return this.#line.step(chunk, from, end);
  }
  get out(): Uint8Array | undefined {
    return this.#line.out;
  }
  get done(): boolean {
    return this.#line.done;
  }
  get fault(): Fault | undefined {
    return this.#line.fault?.code === "line-too-long" ? TOO_LONG : this.#line.fault;
  }
}

const STAY: Move = { to: "same" };

/** The row of AUTH (RFC 4954 §4). Its items are lines without CRLF, base64 undone by whoever reads them. */
export const authRow: Verb<AuthArgs, Uint8Array, "AUTH"> = verb("AUTH", {
  syntax: SYNTAX,
  args: authArgs,
  from: ["ready"],
  on: { 2: STAY, 3: "opens", 4: STAY, 5: STAY },
  group: "last",
  line: AUTH_LINE,
  secret: true,
  intake: {
    opens: "on-3yz",
    carries: "items",
    decode: () => new ResponseLine(),
    encode: () => lineEncoder(AUTH_LINE),
    last: () => false,
    then: { 2: STAY, 3: "again", 4: STAY, 5: STAY },
  },
});
