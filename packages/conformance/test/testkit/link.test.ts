/** Both machines in memory: a message goes over, an upgrade happens, a script refuses, and logs say so. */
import { reply } from "@posthorn/contract";
import { eightBitMime } from "@posthorn/ext-8bitmime";
import { startTls } from "@posthorn/ext-starttls";
import { compose } from "@posthorn/session";
import { type Decide, link } from "@posthorn/testkit";
import { parseMailbox } from "@posthorn/wire";
import { expect, test } from "vitest";

const composition = compose([eightBitMime(), startTls({ policy: "required" })]);
const content = [new TextEncoder().encode("Subject: é\r\n\r\n.\r\n")];
const message = {
  from: parseMailbox("a@here.example"),
  to: [{ path: parseMailbox("b@there.example") }, { path: parseMailbox("c@there.example") }],
  facts: { octets: "8bit" } as const,
};
const deliveries = [{ message, content }];
const latin1 = new TextDecoder("latin1");

test("a message goes over, behind an upgrade", () => {
  const { outcomes, server, client, toServer } = link(composition, composition, { deliveries });
  expect(outcomes.map(({ verdicts }) => verdicts.map(({ kind }) => kind))).toEqual([["accepted", "accepted"]]);
  expect(server).toContain("secured");
  expect(client).toContain("secured");
  expect(server).toContain('content "Subject: Ã©\\r\\n\\r\\n.\\r\\n"');
  expect(latin1.decode(toServer)).toContain("\r\n\r\n..\r\n.\r\nQUIT\r\n");
});

test("the script decides, and cuts and delays change nothing", () => {
  const decide: Decide = (question) =>
    question.type === "recipient" && question.path.local === "c" ? reply(550, "5.1.1", "No such mailbox") : undefined;
  const one = link(composition, composition, { deliveries, decide });
  expect(one.outcomes.flatMap(({ verdicts }) => verdicts.map(({ kind }) => kind))).toEqual(["accepted", "refused"]);
  const other = link(composition, composition, {
    deliveries,
    decide,
    splits: { toServer: [1], toClient: [3, 1] },
    delays: { server: [0, 2], client: [1] },
  });
  expect(other).toEqual(one);
});

test("a server that refuses to greet is told of", () => {
  const { client, outcomes } = link(composition, composition, {
    deliveries,
    decide: ({ type }) => (type === "connection" ? reply(554, "5.3.2", "Not today") : undefined),
  });
  expect(outcomes).toEqual([]);
  expect(client.at(-1)).toContain('code: "refused"');
});
