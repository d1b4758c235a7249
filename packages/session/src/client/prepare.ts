/** A plan becomes a task: every line is encoded before the first octet leaves (security.md C1). */
import { ASCII, LocalProtocolError } from "@posthorn/contract";
import { Delivery } from "./delivery.ts";
import type { Plan } from "./events.ts";
import type { Office } from "./office.ts";
import { type Route, routeOf } from "./plan-content.ts";
import { encodeEnvelope } from "./plan-lines.ts";
import type { Encoded } from "./transaction.ts";
import { Verdicts } from "./verdicts.ts";

/** The task that sends a plan. @throws LocalProtocolError `unencodable`, `unknown-verb`. */
export const prepareDelivery = (office: Office, plan: Plan): Delivery => {
  const { link } = office;
  const { composition, capabilities } = link;
  const rowOf = (name: string): Encoded["row"] => {
    const row = composition.row(name)?.verb;
    if (row === undefined) throw new LocalProtocolError("unknown-verb", `the composition has no verb ${name}`);
    return row;
  };
  /** Where a 3yz opens the content there is one command for all of it, of the size that is known. */
  const openerOf = (row: Encoded["row"], route: Route): Encoded["opener"] => {
    if (row.intake?.opens === "with-command") return undefined;
    const args = route.args(plan.message.facts.size ?? 0, true);
    return { args, line: link.encode(row, args, ASCII) };
  };
  const encoded = plan.transactions.map((planned): Encoded => {
    const route = routeOf(composition, capabilities, plan.message.facts, planned.transfer);
    if (route === undefined) throw new LocalProtocolError("unknown-verb", `${planned.transfer} is not offered here`);
    const row = rowOf(route.verb);
    return { planned, ...encodeEnvelope(link, planned), row, opener: openerOf(row, route), chunkArgs: route.args };
  });
  const verdicts = new Verdicts(plan.message.to.length);
  for (const { index, reason } of plan.refused) verdicts.set(index, { kind: "planned-out", reason });
  return new Delivery(office, { mail: rowOf("MAIL"), rcpt: rowOf("RCPT") }, encoded, verdicts);
};
