/**
 * BDAT (RFC 3030 §2): a verb whose octets follow its command line at once, as many as it announced. That number is
 * the framing: where it cannot be read nobody knows where the next command begins, so such a line is a fatal fault.
 *
 * A transaction that BDAT began goes on in `CHUNKING:open`; after a chunk that was refused it is in
 * `CHUNKING:failed`, where only RSET or a hello helps (RFC 3030 §4.2: no further BDAT is sent, and none is heard).
 */
import { LocalProtocolError, ok, reply, verb } from "@posthorn/contract";
import type { Codec, Decoder, Fault, Move, Moves, Verb, Within } from "@posthorn/contract";
import { countedDecoder, countedEncoder, lineEndings } from "@posthorn/data";

/** The arguments of BDAT. */
export interface BdatArgs {
  /** How many octets follow the command line, 0 to 2^53 - 1. */
  readonly size: number;
  /** Whether they are the last of the message. `BDAT 0 LAST` is legal. */
  readonly last: boolean;
}

const SYNTAX = "BDAT SP chunk-size [SP LAST]";
const CHUNK = /^(\d{1,20})( LAST)?$/i;

const UNREADABLE: Fault = {
  code: "bad-chunk-size",
  reply: reply(501, "5.5.4", `Syntax: ${SYNTAX}`),
  rfc: "RFC 3030 §2",
  fatal: true,
};

/** The usual form, of fifteen digits at most, all of which a number counts exactly; any other is read by its expression. */
const fewDigits = (raw: string): BdatArgs | undefined => {
  const last = raw.endsWith(" LAST");
  const digits = last ? raw.length - " LAST".length : raw.length;
  if (digits === 0 || digits > 15) return undefined;
  let size = 0;
  for (let at = 0; at < digits; at++) {
    const digit = raw.charCodeAt(at) - 48;
    if (digit < 0 || digit > 9) return undefined;
    size = size * 10 + digit;
  }
  return { size, last };
};

/**
 * `chunk-size [SP LAST]`, with `chunk-size = 1*20DIGIT` (RFC 3030 §2). What cannot be read is the fatal fault
 * `bad-chunk-size`, as is a size that no transfer could reach (above 2^53 - 1 octets): the octets behind it would be
 * taken for commands (S6).
 */
export const bdatArgs: Codec<BdatArgs> = {
  decode(raw = "") {
    const few = fewDigits(raw);
    if (few !== undefined) return ok(few);
    const found = CHUNK.exec(raw);
    const size = Number(found?.[1]);
    return Number.isSafeInteger(size) ? ok({ size, last: found?.[2] !== undefined }) : { ok: false, fault: UNREADABLE };
  },
  encode({ size, last }) {
    if (Number.isSafeInteger(size) && size >= 0) return last ? `${size} LAST` : `${size}`;
    throw new LocalProtocolError("unencodable", "a chunk has 0 to 2^53 - 1 octets", "RFC 3030 §2");
  },
};

const OPEN: Move = { to: "CHUNKING:open" };
const FAILED: Move = { to: "CHUNKING:failed" };
const ENDED: Move = { to: "idle", forgets: "transaction" };

/** The reply to a chunk moves on by what it was a chunk of; the reply to the last ends the transaction, whatever it is (RFC 3030 §2). */
const THEN: Moves<BdatArgs> = {
  2: { of: [OPEN, ENDED], which: ({ last }) => (last ? 1 : 0) },
  4: { of: [FAILED, ENDED], which: ({ last }) => (last ? 1 : 0) },
  5: { of: [FAILED, ENDED], which: ({ last }) => (last ? 1 : 0) },
};

type Decode = (args: BdatArgs, within?: Within<Uint8Array, { readonly BODY: string }>) => Decoder<Uint8Array>;

const row = (decode: Decode): Verb<BdatArgs, Uint8Array, "BDAT"> =>
  verb("BDAT", {
    syntax: SYNTAX,
    args: bdatArgs,
    from: ["rcpt", "CHUNKING:open"],
    on: {},
    group: "free",
    intake: {
      opens: "with-command",
      carries: "content",
      decode(args, within?: Within<Uint8Array, { readonly BODY: string }>) {
        return decode(args, within);
      },
      encode: ({ size }) => countedEncoder(size),
      last: ({ last }) => last,
      then: THEN,
      answers: "recipients",
    },
  });

const unchecked: Decode = ({ size, last }) => countedDecoder(size, { last });

/** Checked from the first piece to the last; what MAIL declared as binary has no lines (RFC 3030 §3). */
const checked: Decode = (args, within) => {
  if (within?.view.mail?.params.BODY === "BINARYMIME") return unchecked(args);
  const { size, last } = args;
  const after = within?.before;
  return countedDecoder(size, after === undefined ? { last, lineEndings: lineEndings() } : { last, after });
};

/** The row of BDAT (RFC 3030 §2, §4.2). Octets are taken as they come. */
export const bdat: Verb<BdatArgs, Uint8Array, "BDAT"> = row(unchecked);

/** BDAT whose content is lines that end in CRLF (RFC 5321 §2.3.8), as that of DATA is, unless MAIL said BINARYMIME. */
export const strictBdat: Verb<BdatArgs, Uint8Array, "BDAT"> = row(checked);
