/**
 * BINARYMIME (RFC 3030 §3): content that is no text, without lines and with any octet, where both sides agreed to it. It adds
 * one value to 8BITMIME's BODY and a rule: such content goes by BDAT and by nothing else.
 */
import { bad, defineExtension, LocalProtocolError, ok, reply } from "@posthorn/contract";
import type { Extension, Param, Reply } from "@posthorn/contract";
import { none } from "@posthorn/wire";

/** The extension that `binarymime` makes. */
export interface Binarymime extends Extension<{
  keyword: "BINARYMIME";
  capability: null;
  mail: { BODY: "BINARYMIME" };
  requires: "CHUNKING" | "8BITMIME";
}> {}

const WORD = "BINARYMIME";

/** `BODY=BINARYMIME`, in any case (RFC 3030 §3); 7BIT and 8BITMIME are the tokens of RFC 6152's extension. */
const body: Param<"BINARYMIME"> = {
  unoffered: "refuse",
  adds: " BODY=BINARYMIME".length,
  tokens: [WORD],
  decode: (raw) =>
    raw !== undefined && /^BINARYMIME$/i.test(raw)
      ? ok(WORD)
      : bad("bad-body", reply(501, "5.5.4", "BODY is not one of the values offered"), "RFC 3030 §3"),
  encode(value) {
    if (value === WORD) return WORD;
    throw new LocalProtocolError("unencodable", "this BODY is BINARYMIME or nothing", "RFC 3030 §3");
  },
};

const NOT_BY_DATA: Reply = reply(503, "5.5.1", "BODY=BINARYMIME needs BDAT");

/**
 * BINARYMIME for server and client; it needs `chunking` and 8BITMIME beside it, and on the client both offered.
 *
 * @example
 * const extensions = [eightBitMime(), chunking(), binarymime()];
 */
export const binarymime = (): Binarymime =>
  defineExtension({
    keyword: "BINARYMIME",
    rfc: 3030,
    requires: ["CHUNKING", "8BITMIME"],
    capability: none,
    mail: { BODY: body },
    server: {
      advertise: () => null,
      admit: { DATA: (_args, view) => (view.mail?.params.BODY === WORD ? NOT_BY_DATA : undefined) },
    },
    client: {
      prepare(message, capability) {
        // Another extension's value may stand here too: BODY is shared.
        const declared: string | undefined = message.params?.BODY;
        if (message.facts.octets !== "binary" && declared !== WORD) return undefined;
        if (capability === undefined) {
          return { refuse: "the content is binary, and the server does not offer BINARYMIME (RFC 3030 §3)" };
        }
        if (declared !== undefined && declared !== WORD) {
          return { refuse: `the content is binary, but BODY=${declared} was asked for (RFC 3030 §3)` };
        }
        return { mail: { BODY: WORD }, carries: "binary", transfer: "BDAT" };
      },
    },
  });
