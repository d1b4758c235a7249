/** AUTH: RFC 4954 §4, §5, §6; PLAIN (RFC 4616), SCRAM (RFC 5802, RFC 7677). */
import { once } from "node:events";
import { createConnection } from "node:net";
import { describe, expect, test } from "vitest";
import { connect } from "../talk.ts";
import { type Turns, scram } from "./scram.ts";
import { exchanger as port } from "./servers/commands.ts";
import { EHLO, MAIL, PASSWORD, RCPT, type Row, type Step, USER, closed, table } from "./table.ts";

const base64 = (text: string): string => Buffer.from(text).toString("base64");
const GOOD = base64(`\0${USER}\0${PASSWORD}`);
const WRONG = base64(`\0${USER}\0wrong`);
const IN: Step = [`AUTH PLAIN ${GOOD}`, "235 2\\.7\\.0"];

describe("the command (RFC 4954 §4)", () => {
  table(
    port,
    [EHLO],
    [
      ["§4 with an initial response", IN, MAIL],
      ["§4 without one", ["AUTH PLAIN", "334"], [GOOD, "235 2\\.7\\.0"], MAIL],
      ["§4 no mechanism", ["AUTH", "501 5\\.5\\.4"], MAIL],
      ["§4 a mechanism that there is not", ["AUTH XYZZY", "504 5\\.5\\.4"], MAIL],
      ["§4 a mechanism that there is not, with a response", [`AUTH XYZZY ${GOOD}`, "504 5\\.5\\.4"], MAIL],
      ["§4 a name that is none", ["AUTH pl@in", "50[14]"], MAIL],
      ["§4 a word too many", [`AUTH PLAIN ${GOOD} x`, "501"], MAIL],
      ["§4 a second AUTH is 503", IN, [`AUTH PLAIN ${GOOD}`, "503 5\\.5\\.1"]],
      ["§4 a second AUTH is 503 after EHLO too", IN, EHLO, ["AUTH PLAIN", "503"]],
      ["§4 a second AUTH is 503 after RSET too", IN, ["RSET", "250"], ["AUTH PLAIN", "503"]],
      [
        "§4 a second AUTH is 503 after a message too",
        IN,
        MAIL,
        RCPT,
        ["DATA", "354"],
        [".", "250"],
        ["AUTH PLAIN", "503"],
      ],
      [
        "§4 in a transaction is 503",
        MAIL,
        [`AUTH PLAIN ${GOOD}`, "503"],
        RCPT,
        [`AUTH PLAIN ${GOOD}`, "503"],
        ["DATA", "354"],
        [".", "250"],
      ],
      ["§4 after a transaction", MAIL, RCPT, ["RSET", "250"], IN],
      ["§4 before EHLO of this hello it was known", IN, ["HELO x", "250"], MAIL],
      ["§4 =, an empty initial response, is no credential of PLAIN", ["AUTH PLAIN =", "501|535"], MAIL],
      ["§4 an empty line is an empty response", ["AUTH PLAIN", "334"], ["", "501|535"], MAIL],
      ["§4 = in a line is no base64", ["AUTH PLAIN", "334"], ["=", "501 5\\.5\\.2"], MAIL],
      ["§4 cancelled with *", ["AUTH PLAIN", "334"], ["*", "501"], MAIL],
      ["§4 cancelled, then again", ["AUTH PLAIN", "334"], ["*", "501"], IN],
      ["§4 * with the command is no base64", ["AUTH PLAIN *", "501"], MAIL],
      ["§4 a command is a response while one is awaited", ["AUTH PLAIN", "334"], ["NOOP", "501|535"], ["NOOP", "250"]],
      ["§4 QUIT is a response while one is awaited", ["AUTH PLAIN", "334"], ["QUIT", "501|535"], ["NOOP", "250"]],
      ["§4 LOGIN cancelled at its second question", ["AUTH LOGIN", "334"], [base64(USER), "334"], ["*", "501"], IN],
      ["§6 failed, then in", [`AUTH PLAIN ${WRONG}`, "535 5\\.7\\.8"], IN],
      ["§6 failed, and mail goes on", [`AUTH PLAIN ${WRONG}`, "535"], MAIL, RCPT, ["DATA", "354"], [".", "250"]],
    ],
  );
  const NOT_BASE64 = [
    "####",
    "A",
    "AB",
    "ABC",
    "A===",
    "AB=C",
    "AA==AA==",
    "AAA=A",
    "A A=",
    "AAAA=",
    "\u00e9\u00e9\u00e9\u00e9",
    "-_-_",
    "AAAA\tAAAA",
  ];
  table(
    port,
    [EHLO],
    [
      ...NOT_BASE64.map((say): Row => [
        `§4 ${JSON.stringify(say)} in a line is no base64`,
        ["AUTH PLAIN", "334"],
        [say, "501 5\\.5\\.2"],
        IN,
      ]),
      ...NOT_BASE64.map((say): Row => [
        `§4 ${JSON.stringify(say)} with the command is no base64`,
        [`AUTH PLAIN ${say}`, "501"],
        IN,
      ]),
    ],
  );
});

describe("length (RFC 4954 §4)", () => {
  const response = (octets: number): string => "A".repeat(octets);
  table(
    port,
    [EHLO],
    [
      ["§4 a response of 12286 and CRLF", ["AUTH PLAIN", "334"], [response(12_286), "501|535"], ["NOOP", "250"]],
      ["§4 a response of 12287 and CRLF", ["AUTH PLAIN", "334"], [response(12_287), "500 5\\.5\\.6"], ["NOOP", "250"]],
      ["§4 a response of 12284 and CRLF", ["AUTH PLAIN", "334"], [response(12_284), "501|535"], ["NOOP", "250"]],
      [
        "§4 a response of 20000 is 500 5.5.6",
        ["AUTH PLAIN", "334"],
        [response(20_000), "500 5\\.5\\.6"],
        ["NOOP", "250"],
      ],
      ["§4 a response of 100000, one reply", ["AUTH PLAIN", "334"], [response(100_000), "500 5\\.5\\.6"], IN],
      ["§4 the command may have 512 octets", [`AUTH PLAIN ${response(496)}`, "501|535"], ["NOOP", "250"]],
      ["§4 the command far beyond", [`AUTH PLAIN ${response(50_000)}`, "500"], ["NOOP", "250"]],
    ],
  );
});

describe("PLAIN (RFC 4616 §2)", () => {
  const said = (text: string, reply: string): Row => [
    `RFC 4616 §2 ${JSON.stringify(text)}`,
    [`AUTH PLAIN ${base64(text)}`, reply],
  ];
  table(
    port,
    [EHLO],
    [
      said(`\0${USER}\0${PASSWORD}`, "235"),
      said(`${USER}\0${USER}\0${PASSWORD}`, "235"),
      said(`tom\0${USER}\0${PASSWORD}`, "535"),
      said(`\0${USER}\0${PASSWORD} `, "535"),
      said(`\0${USER}\0`, "501|535"),
      said(`\0\0${PASSWORD}`, "501|535"),
      said(`\0${USER}`, "501|535"),
      said(`${USER}\0${PASSWORD}`, "501|535"),
      said(`\0${USER}\0${PASSWORD}\0`, "501|535"),
      said(`\0${USER}\0${PASSWORD}\0x`, "501|535"),
      said("\0\0", "501|535"),
      said("x", "501|535"),
      said(`\0nobody\0${PASSWORD}`, "535 5\\.7\\.8"),
      said(`\0${USER.toUpperCase()}\0${PASSWORD}`, "535"),
      said(`\0${USER}\0${PASSWORD.toUpperCase()}`, "535"),
      said(`\0__proto__\0x`, "535"),
      [
        `RFC 4616 §2 what is no UTF-8`,
        [`AUTH PLAIN ${Buffer.from("\0\xff\0\xff", "latin1").toString("base64")}`, "501|535"],
      ],
    ],
  );
});

describe("LOGIN", () => {
  table(
    port,
    [EHLO],
    [
      [
        "the two questions",
        ["AUTH LOGIN", "334 VXNlcm5hbWU6"],
        [base64(USER), "334 UGFzc3dvcmQ6"],
        [base64(PASSWORD), "235"],
      ],
      ["the name with the command", [`AUTH LOGIN ${base64(USER)}`, "334 UGFzc3dvcmQ6"], [base64(PASSWORD), "235"]],
      ["a wrong password", ["AUTH LOGIN", "334"], [base64(USER), "334"], [base64("x"), "535 5\\.7\\.8"], IN],
      ["nobody", ["AUTH LOGIN", "334"], [base64("nobody"), "334"], [base64("x"), "535 5\\.7\\.8"]],
    ],
  );
});

describe("SCRAM (RFC 5802 §5, RFC 7677)", () => {
  const said = (clause: string, turns: Turns, reply: RegExp): readonly [string, Turns, RegExp] => [
    clause,
    turns,
    reply,
  ];
  const IS_IN = /^235 2\.7\.0/;
  const IS_OUT = /^5(?:35|01) 5\.(?:7\.8|5\.2)/;
  const ROWS = (["sha1", "sha256"] as const).flatMap((hash) => [
    said(`${hash} §3 a dialogue`, { hash }, IS_IN),
    said(`${hash} RFC 4954 §4 first message behind 334`, { hash, late: true }, IS_IN),
    said(`${hash} §6 y where no -PLUS was offered`, { hash, header: "y,," }, IS_IN),
    said(`${hash} §5.1 the same authzid`, { hash, header: `n,a=${USER},` }, IS_IN),
    said(`${hash} §5.1 another's authzid`, { hash, header: "n,a=tom," }, IS_OUT),
    said(`${hash} §5 a wrong password`, { hash, password: "wrong" }, /^535 5\.7\.8/),
    said(`${hash} §5 nobody`, { hash, name: "nobody" }, /^535 5\.7\.8/),
    said(`${hash} §5.1 =2C and =3D in a name`, { hash, name: "a=2Cb=3Dc" }, /^535 5\.7\.8/),
    said(`${hash} §5.1 = in a name that is none of both`, { hash, name: "a=2Fb" }, IS_OUT),
    said(`${hash} §5.1 m= is an extension that must fail`, { hash, clientFirst: (bare) => `m=x,${bare}` }, IS_OUT),
    said(`${hash} §5.1 no nonce`, { hash, clientFirst: () => `n=${USER}` }, IS_OUT),
    said(`${hash} §5.1 an empty nonce`, { hash, clientFirst: () => `n=${USER},r=` }, IS_OUT),
    said(`${hash} §5.1 no name`, { hash, clientFirst: (bare) => bare.slice(bare.indexOf("r=")) }, IS_OUT),
    said(`${hash} §5.1 an empty name`, { hash, name: "" }, IS_OUT),
    said(
      `${hash} §7 an extension of the first message is passed over`,
      { hash, clientFirst: (bare) => `${bare},x=1` },
      IS_IN,
    ),
    said(`${hash} §7 no GS2 header`, { hash, header: "" }, IS_OUT),
    said(`${hash} §7 a flag that is none`, { hash, header: "z,," }, IS_OUT),
    said(`${hash} §6 p= without -PLUS`, { hash, header: "p=tls-unique,," }, IS_OUT),
    said(
      `${hash} §5.1 another header in c=`,
      { hash, clientFinal: (text) => text.replace(/c=[^,]+/, "c=eSws") },
      IS_OUT,
    ),
    said(`${hash} §5.1 another nonce in r=`, { hash, clientFinal: (text) => text.replace(/r=[^,]+/, "r=abc") }, IS_OUT),
    said(
      `${hash} §5.1 a nonce cut short`,
      { hash, clientFinal: (text) => text.replace(/(r=[^,]+),/, (all) => `${all.slice(0, -2)},`) },
      IS_OUT,
    ),
    said(`${hash} §5.1 no proof`, { hash, clientFinal: (text) => text.replace(/,p=.*$/, "") }, IS_OUT),
    said(`${hash} §5.1 an empty proof`, { hash, clientFinal: (text) => text.replace(/,p=.*$/, ",p=") }, IS_OUT),
    said(
      `${hash} §5.1 a proof that is no base64`,
      { hash, clientFinal: (text) => text.replace(/,p=.*$/, ",p=###") },
      IS_OUT,
    ),
    said(`${hash} §5.1 a proof too short`, { hash, clientFinal: (text) => text.replace(/,p=.*$/, ",p=AAAA") }, IS_OUT),
    said(`${hash} §7 something behind the proof`, { hash, clientFinal: (text) => `${text},x=1` }, IS_OUT),
    said(
      `${hash} §5.1 a proof of zeros`,
      {
        hash,
        clientFinal: (text) =>
          text.replace(/,p=.*$/, `,p=${Buffer.alloc(hash === "sha1" ? 20 : 32).toString("base64")}`),
      },
      IS_OUT,
    ),
    said(
      `${hash} RFC 5802 §6 -PLUS without TLS`,
      { hash, plus: true, header: "p=tls-exporter,," },
      /^504 5\.5\.4|^535/,
    ),
  ]);
  test.each(ROWS)("%s", async (_clause, turns, reply) => {
    const talk = await connect(port());
    const said = await scram(talk, turns);
    expect(said).toMatch(reply);
    expect(await talk.say(`AUTH PLAIN ${GOOD}`)).toMatch(said.startsWith("235") ? /^503/ : /^235/);
    expect(await talk.say("QUIT")).toMatch(/^221/);
  });

  test("RFC 4954 §4 cancelled at each step", async () => {
    const talk = await connect(port());
    const first = base64(`n,,n=${USER},r=abcdefgh`);
    expect(await talk.say("AUTH SCRAM-SHA-256")).toBe("334");
    expect(await talk.say("*")).toMatch(/^501/);
    expect(await talk.say(`AUTH SCRAM-SHA-256 ${first}`)).toMatch(/^334 /);
    expect(await talk.say("*")).toMatch(/^501/);
    expect(await talk.say(`AUTH PLAIN ${GOOD}`)).toMatch(/^235/);
  });
});

test("RFC 4954 §4 an empty challenge is 334, a space and CRLF", async () => {
  const socket = createConnection(port(), "127.0.0.1");
  let heard = "";
  socket.setEncoding("latin1").on("data", (text: string) => (heard += text));
  socket.write("EHLO x\r\nAUTH PLAIN\r\n");
  while (!heard.includes("334")) await once(socket, "data");
  socket.destroy();
  expect(heard).toMatch(/334 \r\n$/);
});

describe("failures do not go on for ever (RFC 4954 §4, §9)", () => {
  const failures = Array.from({ length: 2 }, (): Step => [`AUTH PLAIN ${WRONG}`, "535"]);
  table(
    port,
    [EHLO],
    [["§9 the third ends the connection", ...failures, [`AUTH PLAIN ${WRONG}`, "421 4\\.7\\.0"], [closed]]],
  );
});
