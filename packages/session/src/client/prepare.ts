/** A plan becomes a task: every line is encoded before the first octet leaves (security.md C1). */
import { type AnyVerb, ASCII, LocalProtocolError } from "@posthorn/contract";
import { Delivery } from "./delivery.ts";
import type { Plan, PlannedTransaction } from "./events.ts";
import type { Link } from "./link.ts";
import type { Office } from "./office.ts";
import { type Route, routeOf } from "./plan-content.ts";
import { encodeEnvelope } from "./plan-lines.ts";
import type { Encoded } from "./transaction.ts";
import { Verdicts } from "./verdicts.ts";

/** Where a 3yz opens the content there is one command for all of it, of the size that is known. */
const openerOf = (link: Link, row: AnyVerb, route: Route, size: number): Encoded["opener"] => {
  if (row.intake?.opens === "with-command") return undefined;
  const args = route.args(size, true);
  return { args, line: link.encode(row, args, ASCII) };
};

const encoded = (link: Link, planned: PlannedTransaction, { facts }: Plan["message"]): Encoded => {
  const route = routeOf(link.planning, facts, planned.transfer);
  if (route === undefined) throw new LocalProtocolError("unknown-verb", `${planned.transfer} is not offered here`);
  const row = link.row(route.verb);
  const { utf8, mail, rcpts } = encodeEnvelope(link, planned);
  return { planned, utf8, mail, rcpts, row, opener: openerOf(link, row, route, facts.size ?? 0), route };
};

/** The task that sends a plan. @throws LocalProtocolError `unencodable`, `unknown-verb`. */
export const prepareDelivery = (office: Office, { message, transactions, refused }: Plan): Delivery => {
  const { link } = office;
  const all = transactions.map((planned) => encoded(link, planned, message));
  const verdicts = new Verdicts(message.to.length);
  for (const { index, reason } of refused) verdicts.set(index, { kind: "planned-out", reason });
  return new Delivery(office, all, verdicts);
};
