/**
 * posthorn against servers that mean harm (docs/security.md C5 to C10, A8, A21): it ends, in bounded memory, never says
 * that a message was accepted which was not, shows no secret, and nothing that a server says acts on a terminal.
 */
import { createServer, type Socket } from "node:net";
import { afterAll, describe, expect, test } from "vitest";
import { type Ended, launch, type Running } from "./program.ts";

/** What must not reach a terminal: controls but tab and line feed, and what turns or hides text. */
// oxlint-disable-next-line no-control-regex
const UNSAFE = /[\0-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/u;

const closing: (() => void)[] = [];
afterAll(() => {
  for (const close of closing) close();
});

/** A server that answers lines by a script; `said` is everything that clients sent to it. */
const evil = async (
  script: (line: string, socket: Socket) => string | undefined,
): Promise<{ readonly port: number; readonly said: () => string }> => {
  let said = "";
  const server = createServer((socket) => {
    let held = "";
    let content = false;
    socket.on("error", () => undefined);
    const answer = (line: string): void => {
      const text = script(line, socket);
      if (text !== undefined && !socket.destroyed) socket.write(Buffer.from(text, "latin1"));
      if (text?.startsWith("354") === true) content = true;
    };
    socket.on("data", (octets: Buffer) => {
      said += octets.toString("latin1");
      held += octets.toString("latin1");
      for (let end = held.indexOf("\r\n"); end >= 0; end = held.indexOf("\r\n")) {
        const line = held.slice(0, end);
        held = held.slice(end + 2);
        if (!content) answer(line);
        else if (line === ".") {
          content = false;
          answer(".");
        }
      }
    });
    answer("");
  });
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  closing.push(() => server.close());
  const address = server.address();
  return { port: typeof address === "object" && address !== null ? address.port : 0, said: () => said };
};

/** A server that takes any mail, but for what a script says otherwise. */
const mostly =
  (script: Readonly<Record<string, string>>, offers = "250-mx.example\r\n250 PIPELINING\r\n") =>
  (line: string): string => {
    const verb = line.split(/[ :]/)[0] ?? "";
    const usual: Record<string, string> = {
      "": "220 mx.example\r\n",
      EHLO: offers,
      DATA: "354 go\r\n",
      QUIT: "221 bye\r\n",
    };
    return script[verb] ?? usual[verb] ?? "250 ok\r\n";
  };

const send = (port: number, args: readonly string[] = [], env: Readonly<Record<string, string>> = {}): Running =>
  launch("client", ["send", "--server", `127.0.0.1:${port}`, "--from", "a@x.example", "--to", "b@x.example", ...args], {
    input: "Subject: x\r\n\r\nthe content\r\n",
    env,
  });

const accepted = ({ status }: Ended): boolean => status === 0;

describe("C8: replies without an end are left, not read", () => {
  /** What sockets of this machine hold between the two sides. */
  const HELD = 16 * 2 ** 20;

  test.each<[string, string, string]>([
    ["a greeting of one line", "", "220 x"],
    ["a greeting of many", "", "220-more\r\n"],
    ["an offer", "EHLO", "250-XMORE\r\n"],
    ["replies that nobody asked for", "EHLO", "250 ok\r\n"],
    ["a refusal", "MAIL", "550-no\r\n"],
  ])("%s", async (_what, where, piece) => {
    const octets = Buffer.from(piece.repeat(Math.ceil(65_536 / piece.length)), "latin1");
    let taken = 0;
    const { port } = await evil((line, socket) => {
      if (where === "" ? line !== "" : !line.startsWith(where)) return mostly({})(line);
      const more = (): void => {
        while (!socket.destroyed && socket.write(octets));
        taken = socket.bytesWritten - socket.writableLength;
      };
      socket.on("drain", more);
      more();
      return undefined;
    });
    const ended = await send(port).ended;
    expect(ended.status, ended.err).toBe(76);
    expect(taken).toBeLessThan(HELD);
  });
});

describe("C9, C10: what is no reply, or comes too early, accepts nothing", () => {
  test.concurrent.each<[string, Readonly<Record<string, string>>]>([
    ["two digits", { ".": "25 ok\r\n" }],
    ["an empty line", { ".": "\r\n250 ok\r\n" }],
    ["a code that changes", { ".": "250-ok\r\n550 no\r\n" }],
    ["an answer to MAIL that is all answers", { MAIL: "250 ok\r\n250 ok\r\n354 go\r\n250 accepted\r\n" }],
    ["recipients refused, content asked for and accepted", { RCPT: "550 no\r\n", ".": "250 accepted\r\n" }],
    ["DATA refused, then an acceptance", { DATA: "554 no\r\n250 accepted\r\n" }],
    ["a bare LF", { ".": "250 ok\n" }],
  ])("%s", async (_what, script) => {
    const { port, said } = await evil((line, socket) => {
      if (line === "." && script["."] === "250 ok\n") setTimeout(() => socket.destroy(), 50);
      return mostly(script)(line);
    });
    const ended = await send(port).ended;
    expect(accepted(ended), ended.out + ended.err).toBe(false);
    expect([0, 1, null]).not.toContain(ended.status);
    expect([script["DATA"] !== undefined, said().includes("the content")]).not.toEqual([true, true]);
  });

  test("a connection that goes before the last reply may have delivered: never accepted, never to be sent again unseen", async () => {
    const { port } = await evil((line, socket) => {
      if (line !== ".") return mostly({})(line);
      socket.destroy();
      return undefined;
    });
    expect((await send(port).ended).status).toBe(74);
  });
});

describe("C6, C7: TLS that is taken away, or has something slipped in front of it", () => {
  const secret = "tanstaaf-of-a-secret";
  const offers = "250-mx.example\r\n250-AUTH PLAIN LOGIN\r\n250 STARTTLS\r\n";

  test.concurrent.each<[string, (line: string) => string]>([
    ["octets behind the 220", mostly({ STARTTLS: "220 go\r\n250-x\r\n250 AUTH PLAIN\r\n" }, offers)],
    ["half a line behind the 220", mostly({ STARTTLS: "220 go\r\n250" }, offers)],
    ["not offered", mostly({}, "250-mx.example\r\n250 AUTH PLAIN LOGIN\r\n")],
    ["454", mostly({ STARTTLS: "454 4.7.0 later\r\n" }, offers)],
    ["no hello", mostly({ EHLO: "502 what\r\n" })],
  ])("%s: no credentials and no mail", async (_what, script) => {
    const { port, said } = await evil(script);
    const ended = await send(port, ["--user", "tim", "--transcript"], { POSTHORN_PASSWORD: secret }).ended;
    expect([76, 77, 78, 75, 69], ended.err).toContain(ended.status);
    expect(said()).not.toMatch(/AUTH|MAIL|the content/);
    for (const text of [said(), ended.out, ended.err]) {
      expect(text).not.toContain(secret);
      expect(text).not.toContain(Buffer.from(secret).toString("base64").slice(0, 20));
    }
  });

  test("in the clear by name, no secret is shown, and a server that asks for ever is left (A8)", async () => {
    const { port, said } = await evil(
      mostly({ AUTH: "334 \r\n" }, "250-mx.example\r\n250 AUTH LOGIN PLAIN CRAM-MD5\r\n"),
    );
    for (const mechanism of ["LOGIN", "PLAIN", "CRAM-MD5"]) {
      const ended = await send(
        port,
        ["--user", "tim", "--auth", mechanism, "--auth-in-clear", "--tls", "none", "--transcript", "--json"],
        {
          POSTHORN_PASSWORD: secret,
        },
      ).ended;
      expect([76, 77]).toContain(ended.status);
      for (const text of [ended.out, ended.err]) {
        expect(text).not.toContain(secret);
        for (let at = 0; at < 3; at++)
          expect(text).not.toContain(
            Buffer.from(`${"x".repeat(at)}${secret}`)
              .toString("base64")
              .slice(4, 20),
          );
      }
    }
    expect(said()).toContain("AUTH");
  });
});

describe("A21: nothing that a server says acts on a terminal", () => {
  const POISON = "\x1b]0;x\x07\x1b[2J\x9b31m\xe2\x80\xa8\xe2\x80\xae\xe2\x80\x8b\x7f\x08";
  const script = mostly(
    {
      "": `220-${POISON}\r\n220 mx${POISON} ${POISON}\r\n`,
      RCPT: `550-5.1.1 ${POISON}\r\n550 5.1.1 no ${POISON}\r\n`,
      DATA: `503 ${POISON}\r\n`,
      QUIT: `221 ${POISON}\r\n`,
    },
    `250-mx${POISON} ${POISON}\r\n250-X${POISON} ${POISON}\r\n250-AUTH ${POISON}\r\n250-SIZE ${POISON}\r\n250 PIPELINING\r\n`,
  );

  test.concurrent.each([[["--transcript"]], [["--transcript", "--json", "--dry-run"]], [[]]])(
    "send %j",
    async (args) => {
      const { port } = await evil(script);
      const ended = await send(port, args).ended;
      expect(ended.status).toBeGreaterThan(0);
      expect(ended.out).not.toMatch(UNSAFE);
      expect(ended.err).not.toMatch(UNSAFE);
    },
  );

  test.concurrent.each([[[]], [["--json"]]])("probe %j", async (args) => {
    const { port } = await evil(script);
    const ended = await launch("client", ["probe", `127.0.0.1:${port}`, ...args]).ended;
    expect(ended.out + ended.err).not.toMatch(UNSAFE);
    expect(ended.out + ended.err).not.toBe("");
  });
});

describe("C1, C5: what posthorn is given stays what it is", () => {
  test.concurrent.each([
    ["--from", "a@x.example>\r\nRCPT TO:<evil@x.example"],
    ["--to", "b@x.example\r\nDATA"],
    ["--helo", "x.example\r\nMAIL FROM:<>"],
    ["--header", "Subject: x\r\nBcc: evil@x.example"],
  ])("%s %j is refused before anything is sent", async (name, value) => {
    const { port, said } = await evil(mostly({}));
    const ended = await send(port, [name, value]).ended;
    expect([64, 65, 69, 78], ended.err).toContain(ended.status);
    expect(said()).not.toMatch(/evil|NOTIFY|MAIL FROM:<>|DATA/);
    expect(ended.err).not.toMatch(UNSAFE);
  });

  test("content has CR and LF as CRLF only, and ends once, whatever was in it", async () => {
    const { port, said } = await evil(mostly({}));
    const input = "Subject: x\n\n.\n..\r.\r\n\r.\n\n.\nMAIL FROM:<evil@x.example>\n.\r\nend without a line ending";
    const ended = await launch(
      "client",
      ["send", "--server", `127.0.0.1:${port}`, "--from", "a@x.example", "--to", "b@x.example"],
      { input },
    ).ended;
    expect(ended.status, ended.err).toBe(0);
    const content = said().slice(said().indexOf("DATA\r\n") + 6, said().lastIndexOf("QUIT"));
    expect(content.replaceAll("\r\n", "")).not.toMatch(/[\r\n]/);
    expect(content.split("\r\n.\r\n")).toHaveLength(2);
    expect(content.endsWith("end without a line ending\r\n.\r\n")).toBe(true);
  });
});
