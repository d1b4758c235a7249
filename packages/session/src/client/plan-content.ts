/**
 * How content will travel: by which verb, whether this server can take it, and what of it will differ at the other end.
 */
import type { Facts, Prepared } from "@posthorn/contract";
import type { PlanNote } from "./events.ts";
import type { Planning } from "./offer.ts";

/** A verb for content, with its arguments: of each chunk, or of the whole where a 3yz opens it. */
export interface Route {
  readonly verb: string;
  args(octets: number, last: boolean): unknown;
}

const LONGEST_LINE = 998;
const BY_DATA: Route = { verb: "DATA", args: () => null };

/** The way by `verb`, or the first one where none is named: by an offered extension, or by DATA. */
export const routeOf = (planning: readonly Planning[], facts: Facts, verb: string | undefined): Route | undefined => {
  for (const { client, offered, capability } of planning) {
    const transfer = offered ? client.content?.(capability, facts) : undefined;
    if (transfer !== undefined && (verb === undefined || verb === transfer.verb)) return transfer;
  }
  return verb === undefined || verb === BY_DATA.verb ? BY_DATA : undefined;
};

/** Why the server cannot take content of this kind, if it cannot (RFC 5321 §2.4). What is unknown counts as 8-bit. */
export const uncarried = (
  facts: Facts,
  asked: readonly { readonly prepared: Prepared<object, object> }[],
): string | undefined => {
  const octets = facts.octets ?? "8bit";
  if (octets === "7bit") return undefined;
  const carried = asked.some(
    ({ prepared: { carries } }) => carries === "binary" || (carries === "8bit" && octets === "8bit"),
  );
  return carried
    ? undefined
    : `the server offers no extension that carries ${octets === "8bit" ? "8-bit" : "binary"} content`;
};

/** Notes what a person should know of the content. */
export const noteContent = (facts: Facts, verb: string, notes: PlanNote[]): void => {
  if (facts.endsInCrlf === false && verb === "DATA")
    notes.push({ kind: "changed", text: "the content does not end in CRLF: DATA adds one (RFC 5321 §4.1.1.4)" });
  if (facts.longestLine !== undefined && facts.longestLine > LONGEST_LINE)
    notes.push({
      kind: "note",
      text: `a line of the content has ${facts.longestLine} octets, more than ${LONGEST_LINE} (RFC 5321 §4.5.3.1.6)`,
    });
};
