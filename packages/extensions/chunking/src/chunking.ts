/**
 * CHUNKING (RFC 3030 §2): content by BDAT instead of DATA. The row does nearly all of it; what is here is the reply to
 * a chunk that is not the last, and when a client transfers by it. The reply is one constant, so that any number of
 * pipelined chunks costs no memory of ours (S6 c).
 */
import { defineExtension, reply } from "@posthorn/contract";
import type { Extension, Facts, Reply } from "@posthorn/contract";
import { none } from "@posthorn/wire";
import { bdat, strictBdat } from "./bdat.ts";
import type { BdatArgs } from "./bdat.ts";

/** The extension that `chunking` makes. */
export interface Chunking extends Extension<{ keyword: "CHUNKING"; capability: null; verbs: { BDAT: BdatArgs } }> {}

/** What `chunking` can be told. */
export interface ChunkingOptions {
  /**
   * When a client uses BDAT where it is offered. `always`, the default: nothing has to be searched for dots, and
   * what arrives is what was sent. `needed`: only for content that DATA would change or cannot carry, that is binary
   * content (RFC 3030 §3) and content known not to end in CRLF (RFC 5321 §4.1.1.4).
   */
  readonly prefer?: "always" | "needed";
  /**
   * Whether a server refuses content with a bare CR or LF, 550 5.6.0, also across chunks, unless MAIL said
   * BODY=BINARYMIME. Default false: the octets are taken as they come, `crlf` of the message says that nobody looked,
   * and an encoder of a next hop that sends by DATA refuses them there.
   */
  readonly strictBdat?: boolean;
}

const RECEIVED: Reply = reply(250, "2.0.0", "Chunk received");

const needed = (facts: Facts): boolean => facts.octets === "binary" || facts.endsInCrlf === false;

/**
 * CHUNKING for server and client.
 *
 * @example
 * const extensions = [pipelining(), chunking({ prefer: "needed" })];
 */
export const chunking = (options: ChunkingOptions = {}): Chunking =>
  defineExtension({
    keyword: "CHUNKING",
    rfc: 3030,
    capability: none,
    verbs: [options.strictBdat === true ? strictBdat : bdat],
    server: {
      advertise: () => null,
      handle: { BDAT: () => RECEIVED },
    },
    client: {
      content: (_capability, facts) =>
        options.prefer === "needed" && !needed(facts)
          ? undefined
          : { verb: "BDAT", args: (octets, last) => ({ size: octets, last }) },
    },
  });
