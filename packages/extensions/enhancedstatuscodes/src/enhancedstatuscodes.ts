/**
 * ENHANCEDSTATUSCODES (RFC 2034, codes of RFC 3463). Once offered, every 2yz, 4yz and 5yz reply carries a status, on
 * each of its lines; the greeting and the reply to a hello do not (§3), and the machine asks nobody about those. The
 * client needs nothing: it reads a status wherever one stands.
 */
import { defineExtension } from "@posthorn/contract";
import type { Extension } from "@posthorn/contract";
import { none } from "@posthorn/wire";
import { statusOf } from "./status.ts";

/** ENHANCEDSTATUSCODES: a keyword and nothing else. */
export interface EnhancedStatusCodes extends Extension<{ keyword: "ENHANCEDSTATUSCODES"; capability: null }> {}

/**
 * Enhanced error codes (RFC 2034), for server and client.
 *
 * @example
 * const extensions = [enhancedStatusCodes()];
 */
export const enhancedStatusCodes = (): EnhancedStatusCodes =>
  defineExtension({
    keyword: "ENHANCEDSTATUSCODES",
    rfc: 2034,
    capability: none,
    server: {
      advertise: () => null,
      amend(wire, said) {
        const status = statusOf(said);
        return status === undefined ? wire : { code: wire.code, status, lines: wire.lines };
      },
    },
  });
