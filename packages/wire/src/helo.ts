/**
 * The argument of EHLO, HELO and LHLO (RFC 5321 §4.1.1.1): a domain or an address literal. Peers send other things
 * (names with underscores, bare addresses), and refusing them helps nobody: such text is read as `opaque`, to be shown
 * and never trusted. It is a tolerance of reading; our own client never says it.
 */
import type { Codec } from "@posthorn/contract";
import { ASCII, ok } from "@posthorn/contract";
import { isAddressLiteral } from "./address-literal.ts";
import { isPrintable } from "./characters.ts";
import { DOMAIN_OCTETS, isDomain } from "./domain.ts";
import { argumentFault, unencodable } from "./faults.ts";

/** Who a client says it is. */
export interface HeloArgument {
  /** What the text is; `opaque` is printable US-ASCII that is neither of the others. */
  readonly kind: "domain" | "literal" | "opaque";
  /** As it was written, an address literal with its brackets. */
  readonly text: string;
}

const RFC = "RFC 5321 §4.1.1.1";

const kindOf = (text: string): HeloArgument["kind"] =>
  isDomain(text, ASCII) ? "domain" : isAddressLiteral(text) ? "literal" : "opaque";

/** The argument of EHLO, HELO and LHLO; always US-ASCII (RFC 6531 §3.7.1), of 255 octets at most. */
export const heloArgument: Codec<HeloArgument> = {
  decode(raw) {
    if (raw === undefined || raw === "")
      return argumentFault("missing-argument", "A domain or an address literal is required", RFC);
    if (!isPrintable(raw, ASCII) || raw.length > DOMAIN_OCTETS)
      return argumentFault("bad-argument", "Neither a domain nor an address literal", RFC);
    return ok({ kind: kindOf(raw), text: raw });
  },
  encode({ kind, text }) {
    if (!isPrintable(text, ASCII) || kind === "opaque" || text.length > DOMAIN_OCTETS || kindOf(text) !== kind)
      throw unencodable("neither a domain nor an address literal", RFC);
    return text;
  },
};
