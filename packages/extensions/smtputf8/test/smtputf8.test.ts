/** SMTPUTF8 (RFC 6531): a parameter without a value, and a client that asks for it exactly where it is needed. */
import { ASCII, LocalProtocolError, specOf } from "@posthorn/contract";
import type { Mailbox, Message, Param } from "@posthorn/contract";
import { smtpUtf8 } from "@posthorn/ext-smtputf8";
import { viewOf } from "@posthorn/testkit";
import fc from "fast-check";
import { expect, test } from "vitest";

const spec = specOf(smtpUtf8());
const prepare = (message: Message, offered: null | undefined) =>
  spec.client?.prepare?.(message, offered, viewOf(), undefined);

const flag = (): Param<unknown> => {
  const param = Object.entries<Param<unknown>>(spec.mail ?? {}).find(([name]) => name === "SMTPUTF8")?.[1];
  if (param === undefined) throw new Error("no SMTPUTF8");
  return param;
};

const plain: Mailbox = { local: "user", domain: "example.com" };
const wide: Mailbox = { local: "用户", domain: "example.com" };
const domain: Mailbox = { local: "user", domain: "bücher.example" };
const box = fc.constantFrom(plain, wide, domain);
const isWide = (path: Mailbox | null): boolean => path === wide || path === domain;

test("it stands without a value, and widens the grammar of its line", () => {
  expect(flag().decode(undefined, ASCII)).toEqual({ ok: true, value: true });
  expect(flag().encode(true, ASCII)).toBeUndefined();
  expect(flag().widens).toBe("utf8");
  expect(() => flag().encode(false, ASCII)).toThrow(LocalProtocolError);
  fc.assert(
    fc.property(fc.string(), (raw) => {
      expect(flag().decode(raw, ASCII)).toMatchObject({ ok: false, fault: { reply: { code: 501, status: "5.5.4" } } });
    }),
  );
});

test("8BITMIME is required (RFC 6531 §3.1)", () => {
  expect(spec.requires).toEqual(["8BITMIME"]);
});

const messages = fc.record({
  from: fc.option(box),
  to: fc.array(fc.record({ path: box }), { maxLength: 4 }),
  facts: fc.constantFrom({}, { utf8Headers: false }, { utf8Headers: true }),
});

test("offered: set exactly where a path or the header section needs it, and nothing is refused", () => {
  fc.assert(
    fc.property(messages, (message) => {
      const needed =
        isWide(message.from) ||
        message.to.some(({ path }) => isWide(path)) ||
        ("utf8Headers" in message.facts && message.facts.utf8Headers);
      expect(prepare(message, null)).toEqual(needed ? { mail: { SMTPUTF8: true } } : undefined);
    }),
  );
});

test("not offered: the message is refused, or only the recipients that need it; never sent as something else", () => {
  fc.assert(
    fc.property(messages, (message) => {
      const made = prepare(message, undefined);
      const whole = isWide(message.from) || ("utf8Headers" in message.facts && message.facts.utf8Headers);
      const reason: unknown = expect.stringContaining("SMTPUTF8");
      expect(made?.mail).toBeUndefined();
      expect(made?.refuse).toEqual(whole ? reason : undefined);
      const verdicts = message.to.map(({ path }, index) => made?.rcpt?.(path, index));
      expect(verdicts).toEqual(message.to.map(({ path }) => (isWide(path) && !whole ? { refuse: reason } : undefined)));
    }),
  );
});
