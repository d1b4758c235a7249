/**
 * SMTPUTF8 (RFC 6531). A parameter of MAIL, without a value, that widens the grammar of its own line and of every
 * path after it; the codecs of paths do the rest, and refuse UTF-8 where it is absent (553 5.6.7). The client sets it
 * where an address or the header section needs it, and never downgrades: what a server without SMTPUTF8 cannot take
 * is refused in the plan (§3.2), one recipient alone where only that one needs it.
 */
import { bad, defineExtension, LocalProtocolError, ok, reply } from "@posthorn/contract";
import type { Extension, Mailbox, Param } from "@posthorn/contract";
import { isAscii, none } from "@posthorn/wire";

/** SMTPUTF8: no capability, and a MAIL parameter that is there or not. 8BITMIME must stand beside it (RFC 6531 §3.1). */
export interface SmtpUtf8 extends Extension<{
  keyword: "SMTPUTF8";
  capability: null;
  mail: { SMTPUTF8: true };
  requires: "8BITMIME";
}> {}

const flag: Param<true> = {
  unoffered: "refuse", // RFC 6531 §3.2: such a message must not be sent without it
  adds: 10, // RFC 6531 §3.1
  widens: "utf8",
  decode: (raw) =>
    raw === undefined ? ok(true) : bad("bad-argument", reply(501, "5.5.4", "SMTPUTF8 takes no value"), "RFC 6531 §3.4"),
  encode(value) {
    if (!value) throw new LocalProtocolError("unencodable", "SMTPUTF8 is there or not", "RFC 6531 §3.4");
    return undefined;
  },
};

const isInternational = (path: Mailbox | null): boolean =>
  path !== null && !(isAscii(path.local) && isAscii(path.domain));

const lacking = (what: string): string =>
  `${what} is internationalized, and the server does not offer SMTPUTF8 (RFC 6531 §3.2)`;

/**
 * Internationalized email (RFC 6531), for server and client. A UTF-8 header section is known by `facts.utf8Headers`;
 * where that is unknown it counts as ASCII, since mail with undeclared UTF-8 in it is relayed everywhere.
 *
 * @example
 * const extensions = [eightBitMime(), smtpUtf8()];
 */
export const smtpUtf8 = (): SmtpUtf8 =>
  defineExtension({
    keyword: "SMTPUTF8",
    rfc: 6531,
    requires: ["8BITMIME"],
    capability: none,
    mail: { SMTPUTF8: flag },
    server: { advertise: () => null },
    client: {
      prepare({ from, to, facts }, offered) {
        const whole = isInternational(from)
          ? "the reverse-path"
          : facts.utf8Headers === true
            ? "the header section"
            : undefined;
        if (offered === undefined) {
          if (whole !== undefined) return { refuse: lacking(whole) };
          return { rcpt: (path) => (isInternational(path) ? { refuse: lacking("the address") } : undefined) };
        }
        return whole !== undefined || to.some(({ path }) => isInternational(path))
          ? { mail: { SMTPUTF8: true } }
          : undefined;
      },
    },
  });
