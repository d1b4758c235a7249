/** The examples of the RFCs, played to both machines: `transcripts/*.txt`. */
import { readdirSync, readFileSync } from "node:fs";
import type { Extension } from "@posthorn/contract";
import { eightBitMime } from "@posthorn/ext-8bitmime";
import { auth } from "@posthorn/ext-auth";
import { binarymime, chunking } from "@posthorn/ext-chunking";
import { dsn } from "@posthorn/ext-dsn";
import { enhancedStatusCodes } from "@posthorn/ext-enhancedstatuscodes";
import { pipelining } from "@posthorn/ext-pipelining";
import { size } from "@posthorn/ext-size";
import { smtpUtf8 } from "@posthorn/ext-smtputf8";
import { startTls } from "@posthorn/ext-starttls";
import { plain, type SaslCrypto } from "@posthorn/sasl";
import { compose } from "@posthorn/session";
import { parseTranscript, runTranscript, transcriptLaw } from "@posthorn/testkit";
import { expect, test } from "vitest";

const none = (): never => {
  throw new Error("PLAIN needs no cryptography");
};

const crypto: SaslCrypto = {
  random: (octets) => new Uint8Array(octets),
  hmac: none,
  digest: none,
  pbkdf2: none,
  equal: none,
  prepare: (text) => text,
};

/** Each extension by its word in the head of a transcript. */
const made: Readonly<Record<string, (argument: string) => Extension>> = {
  "8BITMIME": () => eightBitMime(),
  AUTH: (argument) =>
    auth({
      mechanisms: [plain],
      crypto,
      server: {
        inClear: argument === "clear",
        verify: (shown) => (shown.type === "password" && shown.password === "1234" ? shown.name : undefined),
      },
      client: {
        inClear: argument === "clear",
        // RFC 4616 has the authorization identity first; the example of RFC 4954 gives it.
        credentials: { name: "test", password: "1234", authzid: "test" },
      },
    }),
  BINARYMIME: () => binarymime(),
  CHUNKING: () => chunking(),
  DSN: () => dsn(),
  ENHANCEDSTATUSCODES: () => enhancedStatusCodes(),
  PIPELINING: () => pipelining(),
  SIZE: (argument) => size(argument === "" ? {} : { max: Number(argument) }),
  SMTPUTF8: () => smtpUtf8(),
  STARTTLS: () => startTls(),
};

const folder = new URL("../../transcripts/", import.meta.url);

for (const file of readdirSync(folder).sort()) {
  const text = readFileSync(new URL(file, folder), "utf8");
  const { extensions, protocol } = parseTranscript(text);
  const all = extensions.map((word) => {
    const [name = "", argument = ""] = word.split("=");
    const make = made[name];
    if (make === undefined) throw new Error(`${file}: there is no extension ${name}`);
    return make(argument);
  });
  const composition = compose(all, { protocol });
  const law = transcriptLaw(text, { server: composition, client: composition });
  test(`${file}: ${law.name}`, () => {
    expect(law.check).not.toThrow();
  });
}

const bare = compose([]);
const HELLO = "S: 220 a.example\nC: EHLO b.example\n";

test("a transcript that is wrong is found out, on either side", () => {
  const run = (text: string) => () => {
    runTranscript(text, { server: bare, client: bare });
  };
  expect(run(`${HELLO}S: 250 a.example\nC: QUIT\nS: 221 bye`)).not.toThrow();
  expect(run(`roles: server\n${HELLO}S: 250 a\nC: RCPT TO:<a@b>\nS: 250 ok`)).toThrow(/503/);
  expect(run(`roles: server\n${HELLO}S: 250-a\nS: 250 SIZE`)).toThrow(/offers/);
  expect(run(`roles: server\n${HELLO}S: 250 a\nC: QUIT`)).toThrow(/goes on/);
  expect(run(`roles: server\n${HELLO}S: 250 a\nC: HELP MAIL\nS= 214 nothing`)).toThrow(/nothing/);
  expect(run(`roles: client\n${HELLO}S: 250 a\nC: NOOP\nS: 250 ok`)).toThrow(/NOOP/);
  expect(run(`roles: client\n${HELLO}S: 250 a\nC: (TLS handshake)`)).toThrow(/handshake/);
});

test("what is no transcript names its line", () => {
  expect(() => parseTranscript("S: 220 a\nwhat")).toThrow(/line 2/);
  expect(() => parseTranscript("S: 250-a\nC: QUIT")).toThrow(/line 2/);
  expect(() => parseTranscript("S: hello")).toThrow(/no reply/);
  expect(() => parseTranscript("S: 250-a")).toThrow(/not complete/);
});
