/**
 * 8BITMIME (RFC 6152). The server says that octets above 127 pass unchanged, and takes them also where MAIL did not
 * announce them, because half of the world's clients send them so. The client never sends them raw to a server that
 * did not offer this (§3): it announces them, or refuses the message and says why. Conversion is the host's matter.
 */
import { defineExtension } from "@posthorn/contract";
import type { Extension, Param } from "@posthorn/contract";
import { none, token } from "@posthorn/wire";

/** The values of BODY that RFC 6152 defines. BINARYMIME (RFC 3030 §3) adds one more, in another extension. */
export type EightBitBody = "7BIT" | "8BITMIME";

/** 8BITMIME: no capability, and BODY on MAIL. */
export interface EightBitMime extends Extension<{
  keyword: "8BITMIME";
  capability: null;
  mail: { BODY: EightBitBody };
}> {}

const tokens = ["7BIT", "8BITMIME"] as const;

const body: Param<EightBitBody> = {
  ...token(tokens),
  tokens,
  unoffered: "refuse", // who wrote BODY=8BITMIME has 8-bit content; 7BIT is what goes without saying, and is never set here
  adds: 17, // RFC 6152 §2
};

const LACKING =
  "the content may hold octets above 127, and the server does not offer 8BITMIME (RFC 6152 §3): encode it as quoted-printable or base64";

/**
 * 8-bit MIME transport (RFC 6152), for server and client.
 *
 * @example
 * const extensions = [eightBitMime()];
 */
export const eightBitMime = (): EightBitMime =>
  defineExtension({
    keyword: "8BITMIME",
    rfc: 6152,
    capability: none,
    mail: { BODY: body },
    server: { advertise: () => null },
    client: {
      prepare({ params, facts }, offered) {
        const asked: string | undefined = params?.BODY;
        if (asked !== undefined && asked !== "7BIT" && asked !== "8BITMIME") return undefined; // another extension's value, and its matter
        const { octets = "8bit" } = facts; // unknown counts as 8bit
        if (octets === "binary") return undefined; // BINARYMIME's matter (RFC 3030 §3)
        if (octets === "7bit") return undefined;
        if (offered === undefined) return { refuse: LACKING };
        if (asked === "7BIT")
          return { refuse: "BODY=7BIT was asked for, but the content may hold octets above 127 (RFC 6152 §3)" };
        return { mail: { BODY: "8BITMIME" }, carries: "8bit" };
      },
    },
  });
