/**
 * SIZE (RFC 1870). The server states a maximum, refuses a MAIL that declares more (§6.1), and holds what arrives to
 * the same number, because a declaration is an estimate and no promise (§6.3). The client declares what it knows and
 * does not begin what the server has said it will refuse.
 */
import { defineExtension, LocalProtocolError } from "@posthorn/contract";
import type { Extension } from "@posthorn/contract";
import { capability, parameter, TOO_LARGE } from "./codecs.ts";

/** Options of `size`. A client needs none. */
export interface SizeOptions {
  /** Server: the most octets of one message, CRLF counted, doubled dots and terminator not. Without it, or 0: no maximum, and none is stated. */
  readonly max?: number;
}

/** SIZE: its capability is the stated maximum (0: none in force; `null`: not stated), its MAIL parameter a number of octets. */
export interface Size extends Extension<{ keyword: "SIZE"; capability: number | null; mail: { SIZE: number } }> {}

/**
 * Message size declaration (RFC 1870), for server and client.
 *
 * @throws LocalProtocolError with the code `bad-option` where `max` is not a whole number of octets.
 * @example
 * const extensions = [size({ max: 26_214_400 })];
 */
export const size = (options: SizeOptions = {}): Size => {
  const { max = 0 } = options;
  if (!Number.isSafeInteger(max) || max < 0)
    throw new LocalProtocolError("bad-option", "size: max is a whole number of octets", "RFC 1870 §4");
  return defineExtension({
    keyword: "SIZE",
    rfc: 1870,
    capability,
    mail: { SIZE: parameter },
    server: {
      advertise: () => (max === 0 ? null : max),
      admit: {
        MAIL: ({ params }) => (max > 0 && params.SIZE !== undefined && params.SIZE > max ? TOO_LARGE : undefined),
      },
      limit: () => (max === 0 ? undefined : { octets: max, reply: TOO_LARGE }),
    },
    client: {
      prepare({ params, facts }, stated) {
        const octets = params?.SIZE ?? facts.size;
        if (stated === undefined || octets === undefined) return undefined;
        if (stated !== null && stated > 0 && octets > stated)
          return { refuse: `the message has ${octets} octets, and the server takes ${stated} at most (RFC 1870 §4)` };
        return { mail: { SIZE: octets } };
      },
    },
  });
};
