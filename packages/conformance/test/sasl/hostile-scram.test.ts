/** SCRAM between hostile peers (RFC 5802, RFC 7677; security: A7): what either side must not believe. */
import { createHmac, pbkdf2Sync } from "node:crypto";
import { scramSha256, scramSha256Plus, verifiers } from "@posthorn/sasl";
import type { Turn } from "@posthorn/sasl";
import { describe, expect, test } from "vitest";
import {
  binding,
  clientHost,
  clientOf,
  crypto,
  dial,
  meet,
  serve,
  serverHost,
  serverOf,
  storeOf,
  text,
  toBase64,
  utf8,
} from "./host.ts";

const credentials = { name: "user", password: "pencil" };
const made = await verifiers("pencil", { rounds: 4096 }, crypto);
const store = storeOf({ name: "user", password: "pencil", token: "ticket", verifiers: made });
const empty = new Uint8Array();

describe("a SCRAM client leaves a server that", () => {
  /** What the client says to a server's first message, made of the client's nonce. */
  const leaves = async (first: (nonce: string) => string, then: readonly Turn[] = []): Promise<unknown> => {
    const { said, outcome } = await dial(clientOf(scramSha256, clientHost(credentials)), [
      (opening) => utf8(first(/r=([^,]*)$/.exec(text(opening ?? empty))?.[1] ?? "")),
      ...then,
    ]);
    return { outcome, proofs: said.length - 1 };
  };
  const gone = (code: string): unknown => ({ outcome: { ok: false, code }, proofs: 0 });

  test.each([
    ["does not keep the client's nonce", () => "r=other,s=QSXCR+Q6sek8bf92,i=4096", "nonce-mismatch"],
    ["adds nothing to it", (nonce: string) => `r=${nonce},s=QSXCR+Q6sek8bf92,i=4096`, "nonce-mismatch"],
    ["has too few rounds", (nonce: string) => `r=${nonce}x,s=QSXCR+Q6sek8bf92,i=4095`, "too-few-rounds"],
    ["has one round", (nonce: string) => `r=${nonce}x,s=QSXCR+Q6sek8bf92,i=1`, "too-few-rounds"],
    ["has too many rounds", (nonce: string) => `r=${nonce}x,s=QSXCR+Q6sek8bf92,i=1000001`, "too-many-rounds"],
    [
      "has more rounds than a number holds",
      (nonce: string) => `r=${nonce}x,s=QSXCR+Q6sek8bf92,i=99999999999999999999`,
      "bad-challenge",
    ],
    [
      "counts by a sign, a point or a zero",
      (nonce: string) => `r=${nonce}x,s=QSXCR+Q6sek8bf92,i=+4096`,
      "bad-challenge",
    ],
    ["has no salt", (nonce: string) => `r=${nonce}x,s=,i=4096`, "empty-salt"],
    ["has a salt that is no base64", (nonce: string) => `r=${nonce}x,s=QSXCR+Q6sek8bf9,i=4096`, "bad-challenge"],
    ["demands an extension", (nonce: string) => `m=x,r=${nonce}x,s=QSXCR+Q6sek8bf92,i=4096`, "mandatory-extension"],
    ["says an attribute twice", (nonce: string) => `r=${nonce}x,s=QSXCR+Q6sek8bf92,i=4096,i=5000`, "bad-challenge"],
    ["errs", () => "e=other-error", "server-error"],
    ["says nothing", () => "", "bad-challenge"],
  ] as const)("%s", async (_, first, code) => {
    expect(await leaves(first)).toEqual(gone(code));
  });

  test("passes over an extension that may be passed over (RFC 5802 §5.1)", async () => {
    const first = (nonce: string): string => `r=${nonce}x,s=QSXCR+Q6sek8bf92,i=4096,z=what`;
    expect(await leaves(first, ["refused"])).toEqual({ outcome: { ok: false, code: "refused" }, proofs: 1 });
  });

  const good = (nonce: string): string => `r=${nonce}x,s=QSXCR+Q6sek8bf92,i=4096`;
  test.each([
    ["has a wrong signature", utf8(`v=${toBase64(new Uint8Array(32))}`), { code: "bad-server-signature" }],
    ["has a short signature", utf8("v=AAAA"), { code: "bad-server-signature" }],
    ["has an empty signature", utf8("v="), { code: "bad-server-signature" }],
    ["skips its signature", "accepted", { code: "no-server-signature" }],
    ["sends an empty challenge in its place", empty, { code: "bad-challenge" }],
    ["says why not", utf8("e=invalid-proof"), { code: "server-error", detail: "invalid-proof" }],
    ["puts an escape into why not", utf8("e=\u001b[31mred"), { code: "server-error" }],
  ] as const)("%s", async (_, turn, outcome) => {
    expect(await leaves(good, [turn, "accepted"])).toEqual({ outcome: { ok: false, ...outcome }, proofs: 1 });
  });

  test("accepts at once", async () => {
    const { outcome } = await dial(clientOf(scramSha256, clientHost(credentials)), ["accepted"]);
    expect(outcome).toEqual({ ok: false, code: "no-server-signature" });
  });
});

describe("channel binding and downgrade (RFC 5802 §6)", () => {
  const bound = { channelBindings: [binding] };
  test("a client that can bind and was offered no -PLUS says `y`, and a server that did offer it refuses", async () => {
    const client = clientHost(credentials, { ...bound, offered: ["SCRAM-SHA-256"] });
    const { said } = await dial(clientOf(scramSha256, client), ["refused"]);
    expect(text(said[0] ?? empty)).toMatch(/^y,,/);
    const knowing = serverHost(store, { ...bound, offered: ["SCRAM-SHA-256", "SCRAM-SHA-256-PLUS"] });
    expect((await meet(scramSha256, client, knowing)).server).toMatchObject({ reason: "rejected", code: "downgrade" });
    expect((await meet(scramSha256, client, serverHost(store, bound))).server).toMatchObject({ code: "downgrade" });
    const without = serverHost(store, { ...bound, offered: ["SCRAM-SHA-256"] });
    expect((await meet(scramSha256, client, without)).server).toMatchObject({ ok: true });
  });

  test("a client that was offered -PLUS and takes the other says `n`", async () => {
    const client = clientHost(credentials, { ...bound, offered: ["SCRAM-SHA-256", "SCRAM-SHA-256-PLUS"] });
    expect((await meet(scramSha256, client, serverHost(store, bound))).server).toMatchObject({ ok: true });
  });

  test.each([
    ["another type", scramSha256Plus, "p=tls-unique,,n=user,r=abc", "unsupported-channel-binding-type"],
    [
      "a type that this connection has not",
      scramSha256Plus,
      "p=tls-server-end-point,,n=user,r=abc",
      "unsupported-channel-binding-type",
    ],
    ["none in -PLUS", scramSha256Plus, "n,,n=user,r=abc", "no-channel-binding"],
    ["`y` in -PLUS", scramSha256Plus, "y,,n=user,r=abc", "no-channel-binding"],
    ["one without -PLUS", scramSha256, "p=tls-exporter,,n=user,r=abc", "unexpected-channel-binding"],
  ] as const)("a server refuses %s", async (_, mechanism, first, code) => {
    const { said, outcome } = await serve(serverOf(mechanism, serverHost(store, bound), utf8(first)), []);
    expect(outcome).toMatchObject({ ok: false, reason: "rejected", code });
    expect(said).toEqual([]);
  });

  test("two ends of two connections do not meet, though the password is right", async () => {
    const elsewhere = { channelBindings: [{ type: "tls-exporter", data: utf8("another connection") } as const] };
    const met = await meet(scramSha256Plus, clientHost(credentials, elsewhere), serverHost(store, bound));
    expect(met.server).toMatchObject({ ok: false, code: "channel-binding-mismatch" });
    expect(met.client).toMatchObject({ ok: false, code: "refused" });
  });
});

test("a mandatory extension of the client is refused as such (RFC 5802 §5.1)", async () => {
  const { outcome } = await serve(serverOf(scramSha256, serverHost(store), utf8("n,,m=x,n=user,r=abc")), []);
  expect(outcome).toEqual({ ok: false, reason: "malformed", code: "mandatory-extension" });
});

test("a proof that is right, over a nonce that is not the server's, is refused", async () => {
  const verifier = made.find((each) => each.hash === "sha256");
  const salted = pbkdf2Sync("pencil", verifier?.salt ?? empty, 4096, 32, "sha256");
  const clientKey = createHmac("sha256", salted).update("Client Key").digest();
  const proofFor = (shown: Uint8Array, withoutProof: string): string => {
    const signed = `n=user,r=abc,${text(shown)},${withoutProof}`;
    const signature = createHmac("sha256", verifier?.storedKey ?? empty)
      .update(signed)
      .digest();
    return toBase64(clientKey.map((octet, at) => octet ^ (signature[at] ?? 0)));
  };
  const play = async (bend: (nonce: string) => string): Promise<unknown> => {
    const { outcome } = await serve(serverOf(scramSha256, serverHost(store), utf8("n,,n=user,r=abc")), [
      (shown) => {
        const withoutProof = `c=biws,r=${bend(/^r=([^,]*)/.exec(text(shown))?.[1] ?? "")}`;
        return utf8(`${withoutProof},p=${proofFor(shown, withoutProof)}`);
      },
    ]);
    return outcome;
  };
  expect(await play((nonce) => nonce)).toMatchObject({ ok: true });
  expect(await play((nonce) => `${nonce}x`)).toMatchObject({ ok: false, code: "nonce-mismatch" });
});
