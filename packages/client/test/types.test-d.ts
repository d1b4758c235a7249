/** What does not compile: parameters that nobody composed, values that are none, content that is no octets. */
import type { Connection, Mail, Outcome, RecipientVerdict } from "@posthorn/client";

declare const connection: Connection;
declare const verdict: RecipientVerdict;
declare const outcome: Outcome;
declare const strings: AsyncIterable<string>;

const mail: Mail = {
  from: "a@x.example",
  to: [{ address: "b@x.example", params: { NOTIFY: ["SUCCESS"] } }],
  content: "x",
  params: { RET: "HDRS", SIZE: 1, BODY: "8BITMIME" },
};
void connection.send(mail);
// @ts-expect-error RET is FULL or HDRS
void connection.send({ ...mail, params: { RET: "HEADERS" } });
// @ts-expect-error a parameter that nobody composed
void connection.send({ ...mail, params: { XCOLOR: "red" } });
// @ts-expect-error a parameter of MAIL at a recipient
void connection.send({ ...mail, to: [{ address: "b@x.example", params: { SIZE: 1 } }] });
// @ts-expect-error NEVER stands alone (RFC 3461 §4.1)
void connection.send({ ...mail, to: [{ address: "b@x.example", params: { NOTIFY: ["NEVER", "DELAY"] } }] });
// @ts-expect-error content is text, octets, a file or a stream of octets
void connection.send({ ...mail, content: 5 });
// @ts-expect-error a stream of strings is no stream of octets
void connection.send({ ...mail, content: strings });

// @ts-expect-error only a refusal has a verb
void verdict.verb;
if (verdict.kind === "refused") void verdict.verb.length;
// @ts-expect-error verdicts are for reading
outcome.verdicts.push(verdict);

const size: number | null | undefined = connection.capabilities.SIZE;
const mechanisms: readonly string[] | undefined = connection.capabilities.AUTH;
// @ts-expect-error a keyword that nobody composed
void connection.capabilities.XPING;
void [size, mechanisms];
