/**
 * docs/security.md C1, C2: whatever a caller gives, and wherever it could reach the wire, a value that could end a line is
 * an error before an octet leaves, or is carried in an encoding in which it ends nothing. The connection is usable after.
 */
import { command, LocalProtocolError, type Message } from "@posthorn/contract";
import { standardClient } from "@posthorn/esmtp";
import { MECHANISMS } from "@posthorn/sasl";
import { ClientSession, compose } from "@posthorn/session";
import { describe, expect, test } from "vitest";
import { crypto } from "../sasl/host.ts";
import { Host } from "../session/client/host.ts";

/** What ends a line, a path or a string somewhere, and what a narrow encoding would make CR and LF of. */
const HOSTILE = [
  "\r\nX",
  "\r",
  "\n",
  "\0",
  ">\r\nRSET",
  "\u2028",
  "\u010d\u010aX",
  "\u0085",
  "\ud800",
  "a\r\n.\r\nMAIL FROM:<evil@x.example>",
] as const;

const OFFERS = [
  "mx.example",
  "PIPELINING",
  "SIZE 1000000",
  "8BITMIME",
  "DSN",
  "CHUNKING",
  "BINARYMIME",
  "ENHANCEDSTATUSCODES",
];

const ehlo = (offers: readonly string[]): readonly string[] =>
  offers.map((line, at) => `250${at === offers.length - 1 ? " " : "-"}${line}`);

const ready = (wide: boolean): Host<ReturnType<typeof standardClient>> => {
  const host = new Host(compose(standardClient({ tls: "none" })), { content: ["x\r\n"] });
  host.say("220 mx.example");
  host.say(...ehlo(wide ? [...OFFERS, "SMTPUTF8"] : OFFERS));
  if (host.last("ready") === undefined) throw new Error("not ready");
  return host;
};

type Any = Message<Record<string, unknown>, Record<string, unknown>>;
const base: Any = {
  from: { local: "a", domain: "x.example" },
  to: [{ path: { local: "b", domain: "x.example" } }],
  facts: { octets: "7bit" },
};
const rcpt = (params: Record<string, unknown>): Any => ({
  ...base,
  to: [{ path: { local: "b", domain: "x.example" }, params }],
});

/** Values of a caller without types. */
const untyped = (values: object): object => values;

/** Every value of a message that can become part of a line. */
const FIELDS: Readonly<Record<string, (value: string) => Any>> = {
  "local part of MAIL": (local) => ({ ...base, from: { local, domain: "x.example" } }),
  "domain of MAIL": (domain) => ({ ...base, from: { local: "a", domain } }),
  "literal of MAIL": (text) => ({ ...base, from: { local: "a", domain: `[x:${text}]` } }),
  "local part of RCPT": (local) => ({ ...base, to: [{ path: { local, domain: "x.example" } }] }),
  "domain of RCPT": (domain) => ({ ...base, to: [{ path: { local: "b", domain } }] }),
  SIZE: (SIZE) => ({ ...base, params: { SIZE } }),
  "size of the content": (size) => ({ ...base, facts: { octets: "7bit", ...untyped({ size }) } }),
  BODY: (BODY) => ({ ...base, params: { BODY } }),
  "octets of the content": (octets) => ({ ...base, facts: untyped({ octets }) }),
  ENVID: (ENVID) => ({ ...base, params: { ENVID } }),
  RET: (RET) => ({ ...base, params: { RET } }),
  SMTPUTF8: (SMTPUTF8) => ({ ...base, params: { SMTPUTF8 } }),
  "a parameter of MAIL that nobody has": (value) => ({ ...base, params: { XFOO: value } }),
  "the name of a parameter of MAIL": (name) => ({ ...base, params: { [name]: "1" } }),
  NOTIFY: (word) => rcpt({ NOTIFY: [word] }),
  "NOTIFY as text": (NOTIFY) => rcpt({ NOTIFY }),
  "type of ORCPT": (type) => rcpt({ ORCPT: { type, address: "b@x.example" } }),
  "address of ORCPT": (address) => rcpt({ ORCPT: { type: "rfc822", address } }),
  "the name of a parameter of RCPT": (name) => rcpt({ [name]: "1" }),
};

/** Lines that a client may write when it was given no hostile value; of UTF-8 only where it was offered (C2). */
const harmless = (wide: boolean): RegExp => {
  const text = wide ? "[^\\0-\\x20\\x7f]" : "[!-~]";
  return new RegExp(
    `^(?:EHLO client\\.example|MAIL FROM:<${text}*>(?: [!-~]+)*|RCPT TO:<${text}+>(?: [!-~]+)*|DATA|BDAT \\d+ LAST)$`,
  );
};

/** Sends, and says whether it was told to whoever called that it cannot be. */
const attempt = (host: ReturnType<typeof ready>, message: Any): { readonly sent: string; readonly threw: boolean } => {
  try {
    return { sent: host.send(message), threw: false };
  } catch (error) {
    // A value of another type than it should be is a TypeError: nobody who has types can give it.
    if (error instanceof LocalProtocolError || error instanceof TypeError) return { sent: "", threw: true };
    throw error;
  }
};

const lines = (sent: string): readonly string[] => sent.split("\r\n").slice(0, -1);

describe.each([false, true])("with SMTPUTF8 on offer: %s", (wide) => {
  describe.each(Object.entries(FIELDS))("%s", (_field, messageOf) => {
    test.each(HOSTILE)("%j", (value) => {
      const host = ready(wide);
      const { sent, threw } = attempt(host, messageOf(value));
      expect([threw, threw ? host.flush() : ""]).toEqual([threw, ""]);
      // What left, if the value could be encoded (xtext) or left out, is whole lines of the grammar, without it.
      for (const line of lines(sent)) expect(line).toMatch(harmless(wide));
      expect(lines(sent).join("|")).not.toContain(value);
      expect(host.last("closed")).toBeUndefined();
    });
  });
});

describe("after a refusal the connection is usable", () => {
  test("a message without the value goes", () => {
    for (const [field, messageOf] of Object.entries(FIELDS)) {
      const host = ready(false);
      attempt(host, messageOf("\r\nRSET"));
      if (host.last("outcome") === undefined && host.session.awaiting !== undefined) continue; // it was encoded, and is under way
      expect(lines(host.send(base))[0], field).toBe("MAIL FROM:<a@x.example>");
    }
  });
});

describe("arguments of commands", () => {
  const composition = compose(standardClient({ tls: "none" }));

  test.each(["VRFY", "EXPN", "HELP", "NOOP"])("%s", (name) => {
    const row = composition.row(name)?.verb;
    if (row === undefined) throw new Error(`no row ${name}`);
    for (const value of HOSTILE) {
      const host = ready(true);
      host.session.run(() => command(row, value));
      const sent = host.flush();
      expect(sent, JSON.stringify(value)).toBe("");
      expect(host.last("done")?.error).toBeInstanceOf(LocalProtocolError);
      host.session.run(() => command(row, "x"));
      expect(host.flush()).toBe(`${name} x\r\n`);
    }
  });

  test("the name in EHLO", () => {
    const names = [...HOSTILE, "a b", "[127.0.0.1", "[127.0.0.1]\r\n"].flatMap((value) => [value, `a${value}b`]);
    for (const name of ["", ...names])
      expect(() => new ClientSession(composition, { name }), JSON.stringify(name)).toThrow(LocalProtocolError);
  });
});

describe("credentials", () => {
  test.each([
    "PLAIN",
    "LOGIN",
    "CRAM-MD5",
    "SCRAM-SHA-1",
    "SCRAM-SHA-256",
    "XOAUTH2",
    "OAUTHBEARER",
    "ANONYMOUS",
    "EXTERNAL",
  ])("%s", async (name) => {
    for (const value of HOSTILE) {
      const mechanisms = MECHANISMS.filter((mechanism) => mechanism.name === name);
      const credentials = {
        name: `u${value}`,
        password: `p${value}`,
        token: `t${value}`,
        authzid: `z${value}`,
        trace: `x${value}`,
        external: true,
      };
      const extensions = standardClient({ tls: "none", auth: { mechanisms, crypto, client: { credentials } } });
      const session = new ClientSession(compose(extensions), { name: "client.example", tls: { version: "TLSv1.3" } });
      let sent = "";
      const answers = ["334 ", "334 UGFzc3dvcmQ6", "535 no", "221 bye"];
      const pump = async (): Promise<void> => {
        for (let event = session.next(); typeof event === "object"; event = session.next()) {
          if (event.type !== "ask") continue;
          try {
            event.resume(await event.run(event.signal));
          } catch (error) {
            event.fail(error);
          }
        }
        sent += new TextDecoder("latin1").decode(session.take());
      };
      await pump();
      for (const line of ["220 mx.example", ...ehlo(["mx.example", `AUTH ${name}`]), ...answers]) {
        session.receive(new TextEncoder().encode(`${line}\r\n`));
        await pump();
      }
      for (const line of lines(sent))
        expect(line).toMatch(
          /^(?:EHLO client\.example|AUTH [A-Z0-9-]+(?: [A-Za-z0-9+/=]+)?|[A-Za-z0-9+/]*=*|\*|QUIT)$/,
        );
      expect(lines(sent)[0]).toBe("EHLO client.example");
    }
  });
});
