/** An upgrade to TLS forgets who the client was, but not how often it failed (RFC 3207 §4.2). */
import { defineExtension, reply, verb } from "@posthorn/contract";
import type { Verb } from "@posthorn/contract";
import { plain } from "@posthorn/sasl";
import { compose, ServerSession } from "@posthorn/session";
import { encodeBase64, encodeUtf8, none } from "@posthorn/wire";
import { expect, test } from "vitest";
import { auth } from "../src/index.ts";
import { crypto } from "./crypto.ts";
import { TLS } from "./drive.ts";

/** A verb that upgrades, as STARTTLS does in a package of its own. */
const xtls: Verb<null, never, "XTLS"> = verb("XTLS", {
  syntax: "XTLS",
  args: none,
  from: ["ready"],
  on: { 2: { upgrade: "tls" } },
  group: "last",
});
const upgrade = defineExtension({
  keyword: "XTLS",
  rfc: 0,
  capability: none,
  verbs: [xtls],
  server: { advertise: () => null, handle: { XTLS: () => reply(220, "Go on") } },
});
const users = auth({
  mechanisms: [plain],
  crypto,
  server: {
    inClear: true,
    verify: (shown) => (shown.type === "password" && shown.password === "secret" ? shown.name : undefined),
  },
});

const serve = (): {
  readonly session: ServerSession<readonly [typeof upgrade, typeof users]>;
  readonly say: (line: string) => string;
} => {
  const session = new ServerSession(compose([upgrade, users]), { hostname: "mx.example" });
  const pump = (): string => {
    for (let event = session.next(); typeof event === "object"; event = session.next()) {
      if (event.type === "ask") event.resume(event.run(event.signal));
      else if (event.type === "upgrade") session.upgraded(TLS);
      else if ("proposed" in event) session.accept();
    }
    return new TextDecoder().decode(session.take()).slice(0, 3);
  };
  pump();
  const say = (line: string): string => {
    session.receive(encodeUtf8(`${line}\r\n`));
    return pump();
  };
  return { session, say };
};

const login = (password: string): string => `AUTH PLAIN ${encodeBase64(encodeUtf8(`\0tim\0${password}`))}`;

test("the identity is gone, and has to be proved anew", () => {
  const { session, say } = serve();
  expect(["EHLO c.example", login("secret")].map(say)).toEqual(["250", "235"]);
  expect(session.state.AUTH.identity).toBe("tim");
  expect(say("XTLS")).toBe("220");
  expect(session.tls).toBe(TLS);
  expect(session.state.AUTH).toEqual({ identity: undefined, mechanism: undefined, name: undefined });
  expect(session.fact("identity")).toBeUndefined();
  expect(["EHLO c.example", login("secret")].map(say)).toEqual(["250", "235"]);
});

test("failures are counted through it", () => {
  const { say } = serve();
  expect(["EHLO c.example", login("x"), login("y"), "XTLS", "EHLO c.example", login("z")].map(say)).toEqual([
    "250",
    "535",
    "535",
    "220",
    "250",
    "421",
  ]);
});
