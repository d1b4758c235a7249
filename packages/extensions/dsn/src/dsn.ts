/**
 * DSN, delivery status notifications (RFC 3461). Two parameters of MAIL and two of each RCPT, which a server hands to
 * its host and a client hands on. No notification is made here: whoever delivers, relays or gives up does that (§6),
 * and the plan tells a relay which requests end with it (§5.2.2).
 */
import { defineExtension } from "@posthorn/contract";
import type { Extension } from "@posthorn/contract";
import { none } from "@posthorn/wire";
import { envid, notify, orcpt, ret } from "./codecs.ts";
import type { Notify, OriginalRecipient, Ret } from "./codecs.ts";

/** DSN: no capability; RET and ENVID on MAIL, NOTIFY and ORCPT on RCPT. */
export interface Dsn extends Extension<{
  keyword: "DSN";
  capability: null;
  mail: { RET: Ret; ENVID: string };
  rcpt: { NOTIFY: Notify; ORCPT: OriginalRecipient };
}> {}

const ENDS_HERE =
  "the server does not offer DSN: whoever relays owes the sender a notification of the relaying (RFC 3461 §5.2.2)";

/**
 * Delivery status notifications (RFC 3461), for server and client. On a client, parameters that the caller gave go
 * to a server that offers DSN; to another, they are left out and listed in the plan, with a note where a recipient
 * asked to hear of success.
 *
 * @example
 * const to = { path, params: { NOTIFY: ["SUCCESS", "FAILURE"], ORCPT: { type: "rfc822", address: "j.doe@example.com" } } };
 */
export const dsn = (): Dsn =>
  defineExtension({
    keyword: "DSN",
    rfc: 3461,
    capability: none,
    mail: { RET: ret, ENVID: envid },
    rcpt: { NOTIFY: notify, ORCPT: orcpt },
    server: { advertise: () => null },
    client: {
      prepare({ to }, offered) {
        const wanted = to.some(({ params }) => params?.NOTIFY?.some((on) => on === "SUCCESS") === true);
        return offered === undefined && wanted ? { note: ENDS_HERE } : undefined;
      },
    },
  });
