/** Every verb in every phase: RFC 5321 §4.1.4 (order), §4.3.2 (what may be answered), RFC 3030, 3207, 4954. */
import { describe } from "vitest";
import { exchanger as port } from "./servers/commands.ts";
import { DATA, EHLO, MAIL, RCPT, type Row, type Step, closed, raw, table } from "./table.ts";

const plain = Buffer.from("\0tim\0wrong password").toString("base64");

const PHASES: { readonly [phase: string]: readonly Step[] } = {
  "before any hello": [],
  "after HELO": [["HELO client.example", "250"]],
  "after EHLO": [EHLO],
  "after MAIL": [EHLO, MAIL],
  "after RCPT": [EHLO, MAIL, RCPT],
  "after a refused RCPT": [EHLO, MAIL, ["RCPT TO:<@>", "5"]],
  "between chunks": [EHLO, MAIL, RCPT, [raw("BDAT 3\r\nabc"), "250"]],
  "after a message": [EHLO, MAIL, RCPT, DATA, ["x\r\n.", "250"]],
  "after RSET": [EHLO, MAIL, RCPT, ["RSET", "250"]],
};

/** What a verb must be answered, by phase; the order is that of PHASES. */
const VERBS: readonly (readonly [clause: string, say: Step[0], ...replies: readonly string[]])[] = [
  // -                                                 start   HELO    EHLO    MAIL    RCPT    no RCPT chunk   done    RSET
  ["§4.1.1.1 EHLO", "EHLO x.example", "250", "250", "250", "250", "250", "250", "250", "250", "250"],
  ["§4.1.1.1 HELO", "HELO x.example", "250", "250", "250", "250", "250", "250", "250", "250", "250"],
  ["§4.1.4 MAIL", "MAIL FROM:<>", "503", "250", "250", "503", "503", "503", "503", "250", "250"],
  ["§4.1.4 RCPT", "RCPT TO:<v@example.org>", "503", "503", "503", "250", "250", "250", "503", "503", "503"],
  ["§4.1.4 BDAT", raw("BDAT 2 LAST\r\nab"), "50", "50", "503", "503|554", "250", "503|554", "250", "503", "503"],
  ["§4.1.1.5 RSET", "RSET", "250", "250", "250", "250", "250", "250", "250", "250", "250"],
  ["§4.1.1.9 NOOP", "NOOP", "250", "250", "250", "250", "250", "250", "250", "250", "250"],
  ["§4.1.1.8 HELP", "HELP", "21[14]", "21[14]", "21[14]", "21[14]", "21[14]", "21[14]", "21[14]", "21[14]", "21[14]"],
  ["§4.1.1.6 VRFY", "VRFY u", "25[02]", "25[02]", "25[02]", "25[02]", "25[02]", "25[02]", "25[02]", "25[02]", "25[02]"],
  ["§4.1.1.7 EXPN", "EXPN u", "502", "502", "502", "502", "502", "502", "502", "502", "502"],
  ["RFC 4954 §4 AUTH", `AUTH PLAIN ${plain}`, "50", "50", "535", "503", "503", "503", "503", "535", "535"],
  ["§4.2.4 an unknown verb", "XYZZY 1", "500", "500", "500", "500", "500", "500", "500", "500", "500"],
  ["§4.2.4 TURN", "TURN", "50[02]", "50[02]", "50[02]", "50[02]", "50[02]", "50[02]", "50[02]", "50[02]", "50[02]"],
  ["§4.1.4 an empty line", "", "50", "50", "50", "50", "50", "50", "50", "50", "50"],
  ["RFC 2033 §4.1 LHLO", "LHLO x.example", "50", "50", "50", "50", "50", "50", "50", "50", "50"],
  ["§4.1.1 MAIL that is malformed", "MAIL", "50", "50", "50", "50", "50", "50", "50", "50", "50"],
  ["§4.1.1.4 DATA with an argument", "DATA x", "50", "50", "50", "50", "50", "50", "50", "50", "50"],
  ["§4.1.1.5 RSET with an argument", "RSET x", "501", "501", "501", "501", "501", "501", "501", "501", "501"],
  ["§4.1.1.6 VRFY without one", "VRFY", "50", "50", "50", "50", "50", "50", "50", "50", "50"],
  ["§4.1.1.1 EHLO without one", "EHLO", "501", "501", "501", "501", "501", "501", "501", "501", "501"],
];

describe("a verb is answered as its phase has it", () => {
  const rows = VERBS.flatMap(([clause, say, ...replies]) =>
    Object.entries(PHASES).map(([phase, steps], at): Row => [
      `${clause} ${phase}`,
      ...steps,
      [say, replies[at] ?? "?"],
    ]),
  );
  table(port, [], rows);
});

describe("QUIT ends it in every phase (§4.1.1.10)", () => {
  const rows = Object.entries(PHASES).flatMap(([phase, steps]): Row[] => [
    [`§4.1.1.10 QUIT ${phase}`, ...steps, ["QUIT", "221"], [closed]],
    [`§4.1.1.10 "even if there was an error" ${phase}`, ...steps, ["QUIT x", "501|221"], [closed]],
  ]);
  table(port, [], rows);
});

describe("DATA is answered as its phase has it (§4.1.1.4, §3.3)", () => {
  const refused = ["503", "503", "503", "503|554", "", "503|554", "503", "503", "503"];
  const rows = Object.entries(PHASES).map(([phase, steps], at): Row => [
    `§4.1.4 DATA ${phase}`,
    ...steps,
    ...(refused[at] === "" ? [DATA, [".", "250"] as const] : [["DATA", refused[at] ?? "?"] as const]),
  ]);
  table(port, [], rows);
});

describe("what a refused command leaves as it was (§4.1.4)", () => {
  const WRONG = ["MAIL FROM:<>", "XYZZY", "RCPT TO:<x", "DATA x", "EHLO", "HELO", "NOOP", "VRFY u", "EXPN u", "HELP"];
  table(
    port,
    [EHLO, MAIL, RCPT],
    WRONG.map((say): Row => [`§4.1.4 the transaction outlives ${say}`, [say, "\\d"], DATA, [".", "250"]]),
  );
});

describe("what ends a transaction (§4.1.4, §4.1.1.5)", () => {
  const ENDS = ["RSET", "EHLO client.example", "HELO client.example"];
  table(
    port,
    [EHLO],
    ENDS.flatMap((say): Row[] => [
      [`§4.1.4 ${say} forgets recipients`, MAIL, RCPT, [say, "250"], ["DATA", "503"], ["RCPT TO:<u@b.example>", "503"]],
      [
        `§4.1.4 ${say} lets MAIL begin anew`,
        MAIL,
        RCPT,
        [say, "250"],
        MAIL,
        ["DATA", "503|554"],
        RCPT,
        DATA,
        [".", "250"],
      ],
      [
        `§4.1.4 ${say} forgets chunks`,
        MAIL,
        RCPT,
        [raw("BDAT 2\r\nab"), "250"],
        [say, "250"],
        MAIL,
        RCPT,
        DATA,
        [".", "250"],
      ],
    ]),
  );
});
