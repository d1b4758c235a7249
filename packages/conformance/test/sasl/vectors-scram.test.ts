/** SCRAM by the examples of its RFCs, and by messages of a second implementation, named. */
import { createHash, createHmac } from "node:crypto";
import { scramSha1, scramSha1Plus, scramSha256, scramSha256Plus, verifiers } from "@posthorn/sasl";
import type { ChannelBinding, Verifier } from "@posthorn/sasl";
import { describe, expect, test } from "vitest";
import {
  base64,
  clientHost,
  clientOf,
  crypto,
  dial,
  serve,
  serverHost,
  serverOf,
  text,
  toBase64,
  utf8,
  withRandom,
  accepted,
  storeOf,
} from "./host.ts";
interface ScramVector {
  readonly source: string;
  readonly mechanism: typeof scramSha1;
  readonly password: string;
  readonly authzid?: string;
  readonly name?: string;
  readonly binding?: ChannelBinding;
  readonly clientFirst: string;
  readonly serverFirst: string;
  readonly clientFinal: string;
  readonly serverFinal: string;
}

const certificateHash = base64(
  "cD10bHMtc2VydmVyLWVuZC1wb2ludCwsDv4abLuK1TiHcq3tJXrHODILGFQuC1M4kfP4w7dyRvjadaqGq8D/Po1XeJZpzUqal+mAKXNGytneo5KPOsJnYA==",
);

/*
 * The last two were made with Python 3 (hashlib, hmac, base64), which shares no line with us:
 *
 *   H = lambda k, m: hmac.new(k, m, h).digest()                    # h: sha1, sha256
 *   nonce = b64(range(24)) + b64(range(100, 118)); salt = bytes(range(16)); binding = bytes(range(32))
 *   salted = hashlib.pbkdf2_hmac(h, b"pencil", salt, 4096)
 *   ck = H(salted, b"Client Key"); sk = hashlib.new(h, ck).digest()
 *   proof = xor(ck, H(sk, auth)); signature = H(H(salted, b"Server Key"), auth)
 */
const python = {
  source: "Python 3",
  password: "pencil",
  name: "us=er,",
  authzid: "adm,in",
  binding: { type: "tls-exporter", data: Uint8Array.from({ length: 32 }, (_, at) => at) },
  clientFirst: "p=tls-exporter,a=adm=2Cin,n=us=3Der=2C,r=AAECAwQFBgcICQoLDA0ODxAREhMUFRYX",
  serverFirst: "r=AAECAwQFBgcICQoLDA0ODxAREhMUFRYXZGVmZ2hpamtsbW5vcHFyc3R1,s=AAECAwQFBgcICQoLDA0ODw==,i=4096",
} as const;
const pythonFinal =
  "c=cD10bHMtZXhwb3J0ZXIsYT1hZG09MkNpbiwAAQIDBAUGBwgJCgsMDQ4PEBESExQVFhcYGRobHB0eHw==,r=AAECAwQFBgcICQoLDA0ODxAREhMUFRYXZGVmZ2hpamtsbW5vcHFyc3R1";

const vectors: readonly ScramVector[] = [
  {
    source: "RFC 5802 §5",
    mechanism: scramSha1,
    password: "pencil",
    clientFirst: "n,,n=user,r=fyko+d2lbbFgONRv9qkxdawL",
    serverFirst: "r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,s=QSXCR+Q6sek8bf92,i=4096",
    clientFinal: "c=biws,r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,p=v0X8v3Bz2T0CJGbJQyF0X+HI4Ts=",
    serverFinal: "v=rmF9pqV8S7suAoZWja4dJRkFsKQ=",
  },
  {
    source: "RFC 7677 §3",
    mechanism: scramSha256,
    password: "pencil",
    clientFirst: "n,,n=user,r=rOprNGfwEbeRWgbNEkqO",
    serverFirst: "r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096",
    clientFinal:
      "c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=",
    serverFinal: "v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=",
  },
  {
    source: "OnGres SCRAM for Java, ScramClientTest.completeTest",
    mechanism: scramSha256Plus,
    password: "pencil",
    binding: { type: "tls-server-end-point", data: certificateHash.slice("p=tls-server-end-point,,".length) },
    clientFirst: "p=tls-server-end-point,,n=user,r=rOprNGfwEbeRWgbNEkqO",
    serverFirst: "r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096",
    clientFinal: `c=${toBase64(certificateHash)},r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,p=WIBtRXGH4I4R2CU1/tHa2YREwrJjLFa3/pKJQH/0Ofo=`,
    serverFinal: "v=9k31qsYXd74d6BnbFf9jE+r9un6a8ou85FYeNxDAdqc=",
  },
  {
    source: "OnGres SCRAM for Java, ScramClientTest.iterationTest: `y`, and the most rounds that a client takes",
    mechanism: scramSha256,
    password: "pencil",
    clientFirst: "y,,n=postgres,r=1q^MGrWUi{etW+H7(#k431kB",
    serverFirst: "r=1q^MGrWUi{etW+H7(#k431kBdAr3CWX7B6houDP4f7Z2XEpZ,s=Fgh8JU2AlRjBHUsIU/GgtQ==,i=1000000",
    clientFinal:
      "c=eSws,r=1q^MGrWUi{etW+H7(#k431kBdAr3CWX7B6houDP4f7Z2XEpZ,p=vQ3IyYl3LvjWOlK2c0IP5QAi6XB7Dm0Axo0V51DcHZA=",
    serverFinal: "v=sz/isCwVSUn/TBWeYABz6WaoZIcfsui9NPaJCoxxAjY=",
  },
  {
    ...python,
    mechanism: scramSha1Plus,
    clientFinal: `${pythonFinal},p=bfAINykt+6Y+vp7j5/89DkhxM54=`,
    serverFinal: "v=V9t6dqigVo0htmWEr8DC0/g5MbE=",
  },
  {
    ...python,
    mechanism: scramSha256Plus,
    clientFinal: `${pythonFinal},p=nGYEgxcanaWgPZ2Yg473qV5zLa5mYBqNdfB4v61X4Y8=`,
    serverFinal: "v=up1bAM4UVMklw7c7ZcYX3pVBsKEWOeBxMO+CYs7pZC0=",
  },
];

const nonceOf = (message: string): string => /(?:^|,)r=([^,]*)/.exec(message)?.[1] ?? "";
const serverNonceOf = (vector: ScramVector): string =>
  nonceOf(vector.serverFirst).slice(nonceOf(vector.clientFirst).length);
const nameOf = (vector: ScramVector): string => vector.name ?? /n=([^,]*),r=/.exec(vector.clientFirst)?.[1] ?? "";

/** Our nonces are base64. Where the example's is too, random octets can be had that come to the same. */
const isOurs = (nonce: string): boolean => toBase64(base64(nonce)) === nonce;

const madeFor = async (vector: ScramVector): Promise<readonly Verifier[]> => {
  const [, salt = "", rounds = ""] = /s=([^,]*),i=(\d+)$/.exec(vector.serverFirst) ?? [];
  return await verifiers(vector.password, { salt: base64(salt), rounds: Number(rounds) }, crypto);
};

describe("SCRAM", () => {
  test.each(vectors.filter((vector) => isOurs(nonceOf(vector.clientFirst))))(
    "the client of $mechanism.name, $source",
    async (vector) => {
      const { mechanism, password, authzid, binding } = vector;
      const host = clientHost(
        { name: nameOf(vector), password, ...(authzid === undefined ? {} : { authzid }) },
        {
          crypto: withRandom(base64(nonceOf(vector.clientFirst))),
          ...(binding === undefined ? {} : { channelBindings: [binding] }),
        },
      );
      const turns = [utf8(vector.serverFirst), utf8(vector.serverFinal), "accepted"] as const;
      const { said, outcome } = await dial(clientOf(mechanism, host), turns);
      expect(said.map((each) => text(each ?? utf8("")))).toEqual([vector.clientFirst, vector.clientFinal, ""]);
      expect(outcome).toEqual({ ok: true });
    },
  );

  test.each(vectors.filter((vector) => isOurs(serverNonceOf(vector))))(
    "the server of $mechanism.name, $source",
    async (vector) => {
      const { mechanism, binding } = vector;
      const store = {
        ...storeOf({ name: nameOf(vector), verifiers: await madeFor(vector) }),
        authorize: (_: string, name: string) => name,
      };
      const host = serverHost(store, {
        crypto: withRandom(base64(serverNonceOf(vector))),
        ...(binding === undefined ? {} : { channelBindings: [binding] }),
      });
      const { said, outcome } = await serve(serverOf(mechanism, host, utf8(vector.clientFirst)), [
        utf8(vector.clientFinal),
        utf8(""),
      ]);
      expect(said.map(text)).toEqual([vector.serverFirst, vector.serverFinal]);
      expect(outcome).toEqual(accepted(nameOf(vector), nameOf(vector), vector.authzid ?? ""));
    },
  );

  test.each(vectors)("the keys of $mechanism.name, $source", async (vector) => {
    const hash = vector.mechanism.needs;
    const verifier = (await madeFor(vector)).find((each) => each.hash === hash);
    const bare = vector.clientFirst.slice(vector.clientFirst.indexOf("n=", 3));
    const withoutProof = vector.clientFinal.slice(0, vector.clientFinal.lastIndexOf(",p="));
    const signed = [bare, vector.serverFirst, withoutProof].join(",");
    expect(
      `v=${createHmac(hash, verifier?.serverKey ?? "")
        .update(signed)
        .digest("base64")}`,
    ).toBe(vector.serverFinal);
    const proof = base64(vector.clientFinal.slice(withoutProof.length + 3));
    const signature = createHmac(hash, verifier?.storedKey ?? "")
      .update(signed)
      .digest();
    const clientKey = proof.map((octet, at) => octet ^ (signature[at] ?? 0));
    expect(new Uint8Array(createHash(hash).update(clientKey).digest())).toEqual(verifier?.storedKey);
  });
});
