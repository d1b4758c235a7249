/** An extension that nobody here knows, in a client: capability, parameter and verb, all typed from the tuple. */
import { connect } from "@posthorn/client";
import { command, defineExtension, type Extension, verb, type Verb } from "@posthorn/contract";
import { optional, text } from "@posthorn/wire";
import { expect, expectTypeOf, test } from "vitest";
import { greet, rejection, serve, takeMail } from "./support.ts";

const xping: Verb<string | undefined, never, "XPING"> = verb("XPING", {
  syntax: "XPING [SP string]",
  args: optional(text),
  from: ["ready"],
  on: { 2: { to: "same" }, 4: { to: "same" }, 5: { to: "same" } },
  group: "last",
});

interface Ping extends Extension<{
  keyword: "XPING";
  capability: string;
  mail: { XCOLOR: string };
  verbs: { XPING: string | undefined };
}> {}

const ping = (): Ping =>
  defineExtension({
    keyword: "XPING",
    rfc: 0,
    capability: text,
    mail: { XCOLOR: { ...text, unoffered: "refuse", adds: 20 } },
    verbs: [xping],
    client: {},
  });

const content = "\r\nhello\r\n";

test("beside the standard set: it is offered, written and spoken", async () => {
  const server = await serve(async (peer) => {
    await greet(peer, "XPING loudly", "PIPELINING");
    await takeMail(peer);
  });
  const connection = await connect({
    host: server.host,
    port: server.port,
    extensions: (standard) => [...standard, ping()],
  });
  expectTypeOf(connection.capabilities.XPING).toEqualTypeOf<string | undefined>();
  expect(connection.capabilities.XPING).toBe("loudly");
  expect((await connection.run(() => command(xping, "now"))).code).toBe(250);
  const { accepted } = await connection.send({
    from: "a@x.example",
    to: "b@x.example",
    content,
    params: { XCOLOR: "red" },
  });
  expect(accepted).toHaveLength(1);
  await connection.quit();
  expect(server.peers[0]?.seen).toMatch(/XPING now\r\nMAIL FROM:<a@x\.example> XCOLOR=red\r\n/);
});

test("instead of the standard set", async () => {
  const server = await serve(async (peer) => {
    await greet(peer, "PIPELINING", "SIZE 5");
    await takeMail(peer);
  });
  const connection = await connect({ host: server.host, port: server.port, extensions: [ping()], tls: "none" });
  expect(connection.capabilities).toEqual({});
  expect([...connection.offer.keys()]).toEqual(["PIPELINING", "SIZE"]);
  const mail = { from: "a@x.example", to: ["b@x.example", { address: "c@x.example" }], content };
  const { verdicts } = await connection.send({ ...mail, params: { XCOLOR: "red" } });
  expect(verdicts).toMatchObject([{ kind: "planned-out", reason: expect.stringContaining("XPING") }, {}]);
  expect((await connection.send(mail)).accepted).toHaveLength(2);
  await connection.quit();
  expect(server.peers[0]?.seen).not.toContain("SIZE=");
});

test("misuse is said before anything is dialled", async () => {
  // @ts-expect-error the extension XPING is composed twice
  expect(await rejection(connect({ extensions: [ping(), ping()] }))).toMatchObject({ code: "keyword-clash" });
  const credentials = { name: "u", password: "p" };
  expect(await rejection(connect({ extensions: [ping()], credentials }))).toMatchObject({ code: "bad-option" });
});
