/** STARTTLS (RFC 3207): what is offered when, and what a client makes of each answer under each policy. */
import { reply, specOf } from "@posthorn/contract";
import type { ClientOp, Reply, Tls } from "@posthorn/contract";
import { startTls } from "@posthorn/ext-starttls";
import type { StartTlsPolicy } from "@posthorn/ext-starttls";
import { viewOf } from "@posthorn/testkit";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { startTlsRow } from "../src/row.ts";

const tls: Tls = { version: "TLSv1.3" };

describe("server", () => {
  const server = (options = {}) => specOf(startTls(options)).server;

  test("offered in the clear only, and only where a handshake could be made (RFC 3207 §4.2)", () => {
    expect(server()?.advertise(viewOf(), undefined)).toBeNull();
    expect(server()?.advertise(viewOf({ tls }), undefined)).toBeUndefined();
    expect(server({ available: () => false })?.advertise(viewOf(), undefined)).toBeUndefined();
  });

  test("withheld: 503 under TLS, 454 where TLS cannot be had", () => {
    expect(server()?.withheld?.("STARTTLS", viewOf({ tls }), undefined)).toMatchObject({ code: 503, status: "5.5.1" });
    expect(server({ available: () => false })?.withheld?.("STARTTLS", viewOf(), undefined)).toMatchObject({
      code: 454,
      status: "4.7.0",
    });
  });

  test("the verb takes no argument, ends its group, and upgrades on 220", () => {
    const answer = server()?.handle?.["STARTTLS"]?.(null, viewOf(), undefined);
    expect(answer).toMatchObject({ code: 220, status: "2.0.0" });
    expect(startTlsRow.on[2]).toEqual({ upgrade: "tls" });
    expect(startTlsRow.group).toBe("last");
    expect(startTlsRow.from).toEqual(["ready"]);
    const read = startTlsRow.args.decode("x", { utf8: false });
    expect(read.ok ? read : read.fault.reply).toMatchObject({ code: 501, status: "5.5.4" });
  });
});

describe("client", () => {
  /** Runs the negotiation; `commands` counts what was sent. */
  const negotiate = (policy: StartTlsPolicy | undefined, offered: boolean, secure: boolean, answer: Reply) => {
    const half = specOf(startTls(policy === undefined ? {} : { policy })).client?.negotiate;
    if (half === undefined) throw new Error("no negotiation");
    const talk = half.run(offered ? null : undefined, viewOf(secure ? { tls } : {}), undefined);
    const sent: ClientOp[] = [];
    let step = talk.next();
    while (step.done !== true) {
      sent.push(step.value);
      step = talk.next(answer);
    }
    return { stage: half.stage, sent, ended: step.value };
  };
  const codes = fc.constantFrom(220, 421, 454, 500, 501, 502, 503, 538, 554);
  const policies = fc.constantFrom<StartTlsPolicy | undefined>("none", "opportunistic", "required", undefined);

  test("required: TLS or a failure, never anything between (C7)", () => {
    fc.assert(
      fc.property(fc.boolean(), codes, (offered, code) => {
        const { ended, sent } = negotiate("required", offered, false, reply(code));
        expect(sent.length).toBe(offered ? 1 : 0);
        const failed: unknown = { fail: expect.stringContaining("TLS is required") };
        expect(ended).toEqual(offered && code === 220 ? "done" : failed);
      }),
    );
  });

  test("opportunistic: TLS where it is to be had, else on without", () => {
    fc.assert(
      fc.property(
        fc.boolean(),
        codes,
        fc.constantFrom<StartTlsPolicy | undefined>("opportunistic", undefined),
        (offered, code, policy) => {
          expect(negotiate(policy, offered, false, reply(code)).ended).toBe(
            offered && code === 220 ? "done" : "skipped",
          );
        },
      ),
    );
  });

  test("nothing is sent under `none`, under TLS, or where nothing was offered", () => {
    fc.assert(
      fc.property(policies, fc.boolean(), fc.boolean(), codes, (policy, offered, secure, code) => {
        const { sent, ended, stage } = negotiate(policy, offered, secure, reply(code));
        expect(stage).toBe("security");
        const silent = policy === "none" || secure;
        const asked: unknown = expect.objectContaining({ op: "command", row: startTlsRow, args: null });
        expect(sent).toEqual(offered && !silent ? [asked] : []);
        expect(silent && ended !== "skipped").toBe(false);
      }),
    );
  });

  test("no text of the server is in the reason", () => {
    expect(negotiate("required", true, false, reply(454, "4.7.0", "\u001b[31mgo away")).ended).toEqual({
      fail: "TLS is required, and the server answered 454 to STARTTLS (RFC 3207 §4)",
    });
  });
});
