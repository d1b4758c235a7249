/** Law 4 and security.md C1, C2, C4, A21: no value of anyone reaches the wire, or a log, as a line ending. */
import { ASCII, LocalProtocolError, UTF8 } from "@posthorn/contract";
import { anyText, HOSTILE, hostileText } from "@posthorn/testkit";
import {
  addressLiteral,
  decodeUtf8,
  domain,
  encodeCommand,
  encodeEhloLine,
  encodeParameter,
  encodeReply,
  encodeUtf8,
  escape,
  forwardPath,
  heloArgument,
  isAscii,
  isPrintable,
  list,
  mailbox,
  octetLength,
  parseMailbox,
  replyText,
  reversePath,
  text,
  token,
  utf8Addr,
  xtext,
} from "@posthorn/wire";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { hasControl, runs } from "./support.ts";

/** Every way in which a string of a caller can become part of a line. */
const writers: Readonly<Record<string, (given: string) => unknown>> = {
  verb: (given) => encodeCommand(given, undefined, ASCII),
  argument: (given) => encodeCommand("NOOP", given, ASCII),
  "reply text": (given) => encodeReply({ code: 250, lines: ["ok", given] }),
  "reply status": (given) => encodeReply({ code: 250, status: given, lines: [] }),
  "local part": (given) => reversePath.encode({ local: given, domain: "b" }, ASCII),
  domain: (given) => forwardPath.encode({ local: "a", domain: given }, ASCII),
  literal: (given) => forwardPath.encode({ local: "a", domain: `[x:${given}]` }, ASCII),
  mailbox: (given) => mailbox.encode({ local: given, domain: given }, ASCII),
  "mailbox text": (given) => mailbox.encode(parseMailbox(given), ASCII),
  "domain codec": (given) => domain.encode(given, ASCII),
  "address literal": (given) => addressLiteral.encode(`[${given}]`, ASCII),
  "EHLO name": (given) => heloArgument.encode({ kind: "domain", text: given }, ASCII),
  "EHLO literal": (given) => heloArgument.encode({ kind: "literal", text: given }, ASCII),
  "EHLO opaque": (given) => heloArgument.encode({ kind: "opaque", text: given }, ASCII),
  "parameter keyword": (given) => encodeParameter(given, "1", ASCII),
  "parameter value": (given) => encodeParameter("SIZE", given, ASCII),
  "EHLO keyword": (given) => encodeEhloLine(given, undefined),
  "EHLO parameters": (given) => encodeEhloLine("SIZE", given),
  xtext: (given) => xtext.encode(given, ASCII),
  text: (given) => text.encode(given, ASCII),
  token: (given) => token<string>(["A"]).encode(given, ASCII),
  list: (given) => list(text).encode([given], ASCII),
};

const refused = (write: (given: string) => unknown, given: string): boolean => {
  try {
    write(given);
    return false;
  } catch (error) {
    return (
      error instanceof LocalProtocolError && !hasControl(error.message) && isAscii(error.message.replaceAll("§", ""))
    );
  }
};

describe.each(Object.entries(writers))("%s", (_, write) => {
  test.each(HOSTILE)("refuses %j, and does not repeat it", (given) => {
    expect(refused(write, given)).toBe(true);
    expect(refused(write, `a${given}b`)).toBe(true);
  });

  test("refuses hostile text of any shape", () => {
    fc.assert(
      fc.property(hostileText(), (given) => {
        expect(refused(write, given)).toBe(true);
      }),
      runs(100),
    );
  });
});

test("`>` and spaces cannot leave the place that they were put into", () => {
  for (const write of [writers["domain"], writers["EHLO name"], writers["domain codec"], writers["mailbox text"]])
    for (const given of ["a@b> SIZE=1", "b>", "b c", "> RSET"])
      expect(write !== undefined && refused(write, given)).toBe(true);
  expect(refused((given) => encodeParameter("SIZE", given, ASCII), "1 RET=FULL")).toBe(true);
  expect(reversePath.encode({ local: "a> x", domain: "b" }, ASCII)).toBe('<"a> x"@b>');
});

test("callers without types get the same error", () => {
  for (const json of ["null", "7", "{}", '["a"]']) {
    const loose: string = JSON.parse(json);
    expect(() => forwardPath.encode({ local: loose, domain: "b" }, ASCII)).toThrow(LocalProtocolError);
    expect(() => encodeReply({ code: 250, lines: ["a", loose] })).toThrow(LocalProtocolError);
    expect(() => encodeParameter("SIZE", loose, ASCII)).toThrow(LocalProtocolError);
    expect(() => xtext.encode(loose, ASCII)).toThrow(LocalProtocolError);
  }
});

/** The line that was written, as UTF-8 text, or the error. */
const attempt = (write: () => Uint8Array): unknown => {
  try {
    return decodeUtf8(write());
  } catch (error) {
    return error;
  }
};

test("under UTF-8 no octet of a line is a control but the CRLF at its end, and lone surrogates are refused", () => {
  fc.assert(
    fc.property(anyText(), (given) => {
      for (const write of [
        () => encodeCommand("NOOP", given, UTF8),
        () => encodeReply({ code: 250, lines: [given] }, { utf8: true }),
      ]) {
        const told = attempt(write);
        const fine =
          told instanceof LocalProtocolError ||
          (typeof told === "string" && told.endsWith("\r\n") && !hasControl(told.slice(0, -2).replaceAll("\t", "")));
        expect(fine).toBe(true);
      }
    }),
    runs(1000),
  );
  for (const given of ["\ud800", "a\udc00b"]) {
    expect(() => encodeUtf8(given)).toThrow(LocalProtocolError);
    expect(() => utf8Addr.encode(given, UTF8)).toThrow(LocalProtocolError);
  }
});

describe("escape", () => {
  test("gives one line without controls, of well-formed text, and no two values look the same", () => {
    const seen = new Map<string, string>();
    fc.assert(
      fc.property(anyText(), (given) => {
        const shown = escape(given);
        expect(isPrintable(shown, UTF8)).toBe(true);
        expect(shown.isWellFormed()).toBe(true);
        expect(seen.get(shown) ?? given).toBe(given);
        seen.set(shown, given);
      }),
      runs(2000),
    );
  });

  test("leaves printable text as it is", () => {
    for (const given of ["", "MAIL FROM:<a@b>", "Grüße 😀 例え"]) expect(escape(given)).toBe(given);
  });

  test.each([
    ["a\r\nX: 1", "a\\x0d\\x0aX: 1"],
    ["\u001b[2J\0", "\\x1b[2J\\x00"],
    ["\u2028\u202e\u0085", "\\u{2028}\\u{202e}\\x85"],
    ["\\x0d", "\\\\x0d"],
    ["a\ud800b\udc00", "a\\u{d800}b\\u{dc00}"],
  ])("%j", (given, wanted) => {
    expect(escape(given)).toBe(wanted);
  });

  test("octets: UTF-8, or one by one", () => {
    expect(escape(Uint8Array.of(0xc3, 0xa9, 10))).toBe("é\\x0a");
    expect(escape(Uint8Array.of(0xe9, 65, 92, 13, 127))).toBe("\\xe9A\\\\\\x0d\\x7f");
  });

  test("replyText of hostile text is one that encodes", () => {
    fc.assert(
      fc.property(hostileText(), (given) => {
        expect(encodeReply({ code: 250, lines: replyText(given) }).length).toBeGreaterThan(5);
      }),
      runs(100),
    );
  });
});

test("octets and text", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (given) => {
      if (!given.isWellFormed()) return;
      const octets = encodeUtf8(given);
      expect(octetLength(given)).toBe(octets.length);
      expect(decodeUtf8(octets)).toBe(given);
    }),
    runs(300),
  );
  expect(decodeUtf8(Uint8Array.of(0xc0, 0x8d))).toBeUndefined();
});
