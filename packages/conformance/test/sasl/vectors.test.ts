/**
 * Published examples, played by both roles: RFC 2195, 4422, 4505, 4616, 5802, 7628 and 7677, Google's for XOAUTH2,
 * and, where the RFCs have none, those of a second implementation, named at each.
 */
import { anonymous, cramMd5, external, login, oauthbearer, plain, xoauth2 } from "@posthorn/sasl";
import { describe, expect, test } from "vitest";
import {
  base64,
  clientHost,
  clientOf,
  dial,
  serve,
  serverHost,
  serverOf,
  storeOf,
  text,
  toBase64,
  utf8,
  withRandom,
  accepted,
} from "./host.ts";

describe("PLAIN (RFC 4616 §4)", () => {
  test("the client's message without an authorization identity", async () => {
    const { said, outcome } = await dial(clientOf(plain, clientHost({ name: "tim", password: "tanstaaftanstaaf" })), [
      "accepted",
    ]);
    expect(said).toEqual([utf8("\0tim\0tanstaaftanstaaf")]);
    expect(outcome).toEqual({ ok: true });
  });

  test("the server takes it, and the other example by leave of a hook", async () => {
    const host = serverHost(storeOf({ name: "tim", password: "tanstaaftanstaaf" }));
    const first = await serve(serverOf(plain, host, utf8("\0tim\0tanstaaftanstaaf")), []);
    expect(first.outcome).toEqual(accepted("tim"));
    const other = {
      ...storeOf({ name: "Kurt", password: "xipj3plmq" }),
      authorize: (_: string, name: string, as: string) => `${name} as ${as}`,
    };
    const message = utf8("Ursel\0Kurt\0xipj3plmq");
    const second = await serve(serverOf(plain, serverHost(other), message), []);
    expect(second.outcome).toEqual(accepted("Kurt as Ursel", "Kurt", "Ursel"));
    const said = await dial(clientOf(plain, clientHost({ name: "Kurt", password: "xipj3plmq", authzid: "Ursel" })), [
      "accepted",
    ]);
    expect(said.said).toEqual([message]);
  });

  test("an empty challenge is shown where there is no initial response (RFC 4954 §4)", async () => {
    const host = serverHost(storeOf({ name: "tim", password: "tanstaaftanstaaf" }));
    const { said, outcome } = await serve(serverOf(plain, host, undefined), [utf8("\0tim\0tanstaaftanstaaf")]);
    expect(said).toEqual([utf8("")]);
    expect(outcome).toMatchObject({ ok: true, identity: "tim" });
  });
});

describe("LOGIN (draft-murchison-sasl-login-00, prompts as Postfix and Dovecot send them)", () => {
  const host = serverHost(storeOf({ name: "tim", password: "tanstaaftanstaaf" }));

  test("both roles", async () => {
    const server = await serve(serverOf(login, host, undefined), [utf8("tim"), utf8("tanstaaftanstaaf")]);
    expect(server.said.map(toBase64)).toEqual(["VXNlcm5hbWU6", "UGFzc3dvcmQ6"]);
    expect(server.outcome).toEqual(accepted("tim"));
    const client = await dial(clientOf(login, clientHost({ name: "tim", password: "tanstaaftanstaaf" })), [
      ...server.said,
      "accepted",
    ]);
    expect(client.said).toEqual([null, utf8("tim"), utf8("tanstaaftanstaaf")]);
    expect(client.outcome).toEqual({ ok: true });
  });

  test("the name as an initial response, as many clients send it", async () => {
    const server = await serve(serverOf(login, host, utf8("tim")), [utf8("tanstaaftanstaaf")]);
    expect(server.said.map(text)).toEqual(["Password:"]);
    expect(server.outcome).toEqual(accepted("tim"));
  });
});

describe("CRAM-MD5 (RFC 2195 §2)", () => {
  const shown = "<1896.697170952@postoffice.reston.mci.net>";
  const answer = "tim b913a602c7eda7a495b4e6e7334d3890";

  test("the client's answer", async () => {
    const { said, outcome } = await dial(clientOf(cramMd5, clientHost({ name: "tim", password: "tanstaaftanstaaf" })), [
      utf8(shown),
      "accepted",
    ]);
    expect(said).toEqual([null, utf8(answer)]);
    expect(outcome).toEqual({ ok: true });
  });

  test("the server takes it, when its random octets come to the same challenge", async () => {
    const random = new Uint8Array(16);
    new DataView(random.buffer).setBigUint64(0, 1896n);
    new DataView(random.buffer).setBigUint64(8, 697170952n);
    const store = storeOf({ name: "tim", password: "tanstaaftanstaaf" });
    const host = serverHost(store, { hostname: "postoffice.reston.mci.net", crypto: withRandom(random) });
    const { said, outcome } = await serve(serverOf(cramMd5, host, undefined), [utf8(answer)]);
    expect(said.map(text)).toEqual([shown]);
    expect(outcome).toEqual(accepted("tim"));
  });

  test("two challenges are never the same", async () => {
    const host = serverHost(storeOf({ name: "tim", password: "tanstaaftanstaaf" }));
    const shows = await Promise.all(Array.from({ length: 100 }, () => serve(serverOf(cramMd5, host, undefined), [])));
    expect(new Set(shows.map((show) => text(show.said[0] ?? utf8("")))).size).toBe(100);
    for (const show of shows) expect(text(show.said[0] ?? utf8(""))).toMatch(/^<\d+\.\d+@mx\.example\.org>$/);
  });
});

describe("OAUTHBEARER (RFC 7628 §4)", () => {
  const token = "vF9dft4qmTc2Nvb3RlckBhbHRhdmlzdGEuY29tCg==";
  // §4.1, as erratum-free base64 of the RFC
  const message = base64(
    "bixhPXVzZXJAZXhhbXBsZS5jb20sAWhvc3Q9c2VydmVyLmV4YW1wbGUuY29tAXBvcnQ9MTQzAWF1dGg9QmVhcmVyIHZGOWRmdDRxbVRjMk52YjNSbGNrQmhiSFJoZG1semRHRXVZMjl0Q2c9PQEB",
  );
  const host = serverHost(storeOf({ name: "user@example.com", token }));

  test("the client's message", async () => {
    const client = clientHost(
      { name: "user@example.com", token },
      { server: { host: "server.example.com", port: 143 } },
    );
    const { said, outcome } = await dial(clientOf(oauthbearer, client), ["accepted"]);
    expect(said).toEqual([message]);
    expect(outcome).toEqual({ ok: true });
  });

  test("the server takes it", async () => {
    const { said, outcome } = await serve(serverOf(oauthbearer, host, message), []);
    expect(said).toEqual([]);
    expect(outcome).toEqual(accepted("user@example.com"));
  });

  test("a refusal is JSON, answered by U+0001 (§4.3)", async () => {
    const client = clientHost({ name: "user@example.com", token: "wrong" });
    // §4.3 has this challenge, with scope and configuration
    const json = utf8(
      '{"status":"invalid_token","scope":"example_scope","openid-configuration":"https://example.com/.well-known/openid-configuration"}',
    );
    const { said, outcome } = await dial(clientOf(oauthbearer, client), [json, "refused"]);
    expect(said[1]).toEqual(base64("AQ=="));
    expect(outcome).toEqual({ ok: false, code: "refused", detail: "invalid_token" });
    const server = await serve(serverOf(oauthbearer, host, said[0] ?? undefined), [base64("AQ==")]);
    expect(server.said.map(text)).toEqual(['{"status":"invalid_token"}']);
    expect(server.outcome).toMatchObject({ ok: false, reason: "rejected" });
  });

  test("a discovery request, `auth=` without a token, is refused with JSON too (§4.3)", async () => {
    const { said, outcome } = await serve(
      serverOf(oauthbearer, host, utf8("n,a=user@example.com,\u0001auth=\u0001\u0001")),
      [],
    );
    expect(said).toHaveLength(1);
    expect(outcome).toMatchObject({ reason: "rejected" });
  });
});

describe('XOAUTH2 (the example of Google\'s "OAuth 2.0 Mechanism")', () => {
  const token = "ya29.vF9dft4qmTc2Nvb3RlckBhdHRhdmlzdGEuY29tCg";
  const message = base64(
    "dXNlcj1zb21ldXNlckBleGFtcGxlLmNvbQFhdXRoPUJlYXJlciB5YTI5LnZGOWRmdDRxbVRjMk52YjNSbGNrQmhkSFJoZG1semRHRXVZMjl0Q2cBAQ==",
  );
  const host = serverHost(storeOf({ name: "someuser@example.com", token }));

  test("both roles", async () => {
    const client = await dial(clientOf(xoauth2, clientHost({ name: "someuser@example.com", token })), ["accepted"]);
    expect(client.said).toEqual([message]);
    expect(client.outcome).toEqual({ ok: true });
    const server = await serve(serverOf(xoauth2, host, message), []);
    expect(server.outcome).toEqual(accepted("someuser@example.com"));
  });

  test("a refusal is JSON, answered by an empty line", async () => {
    const google = base64(
      "eyJzdGF0dXMiOiI0MDEiLCJzY2hlbWVzIjoiYmVhcmVyIG1hYyIsInNjb3BlIjoiaHR0cHM6Ly9tYWlsLmdvb2dsZS5jb20vIn0K",
    );
    const { said, outcome } = await dial(
      clientOf(xoauth2, clientHost({ name: "someuser@example.com", token: "old" })),
      [google, "refused"],
    );
    expect(said[1]).toEqual(utf8(""));
    expect(outcome).toEqual({ ok: false, code: "refused", detail: "401" });
    const server = await serve(serverOf(xoauth2, host, said[0] ?? undefined), []);
    expect(JSON.parse(text(server.said[0] ?? utf8("")))).toMatchObject({ status: "401" });
    expect(server.outcome).toMatchObject({ reason: "rejected" });
  });
});

describe("EXTERNAL (RFC 4422 appendix A) and ANONYMOUS (RFC 4505 §4)", () => {
  test("EXTERNAL with an empty message, and with an identity (RFC 4422 §A.2's fred@example.com)", async () => {
    const host = serverHost(storeOf({ name: "fred@example.com" }), { external: "fred@example.com" });
    const client = await dial(clientOf(external, clientHost({ external: true })), ["accepted"]);
    expect(client.said).toEqual([utf8("")]);
    expect((await serve(serverOf(external, host, utf8("")), [])).outcome).toEqual(accepted("fred@example.com"));
    const named = await dial(clientOf(external, clientHost({ external: true, authzid: "fred@example.com" })), [
      "accepted",
    ]);
    expect(named.said).toEqual([utf8("fred@example.com")]);
    const outcome = accepted("fred@example.com", "fred@example.com", "fred@example.com");
    expect((await serve(serverOf(external, host, utf8("fred@example.com")), [])).outcome).toEqual(outcome);
  });

  test("ANONYMOUS as sirhc", async () => {
    const client = await dial(clientOf(anonymous, clientHost({ trace: "sirhc" })), ["accepted"]);
    expect(client.said).toEqual([base64("c2lyaGM=")]);
    const server = await serve(serverOf(anonymous, serverHost(storeOf({ name: "" })), base64("c2lyaGM=")), []);
    expect(server.outcome).toEqual(accepted("anonymous sirhc", ""));
  });
});
