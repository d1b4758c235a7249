import { CompositionError, LocalProtocolError, isNegative, reply, replyClass } from "@posthorn/contract";
import { expect, test } from "vitest";

test("reply takes an enhanced status only where its form is one", () => {
  expect(reply(550, "5.1.1", "No such mailbox")).toEqual({ code: 550, status: "5.1.1", lines: ["No such mailbox"] });
  expect(reply(250, "OK", "more")).toEqual({ code: 250, lines: ["OK", "more"] });
  expect(reply(250, "2.1 OK")).toEqual({ code: 250, lines: ["2.1 OK"] });
  expect(reply(354)).toEqual({ code: 354, lines: [] });
});

test("the first digit is the class", () => {
  expect([250, 354, 421, 554].map((code) => replyClass(reply(code)))).toEqual([2, 3, 4, 5]);
  expect([250, 354, 421, 554].map((code) => isNegative(reply(code)))).toEqual([false, false, true, true]);
});

test("errors answer instanceof across copies of the package, by brand and not by class", () => {
  const local = new LocalProtocolError("unencodable", "no", "RFC 5321 §4.1.2");
  expect(local).toBeInstanceOf(LocalProtocolError);
  expect(local).not.toBeInstanceOf(CompositionError);
  expect(local.message).toBe("no (RFC 5321 §4.1.2)");
  const copy = { [Symbol.for("posthorn.CompositionError")]: true };
  expect(copy).toBeInstanceOf(CompositionError);
  expect("text").not.toBeInstanceOf(CompositionError);
});
