/** DATA: RFC 5321 §3.3, §4.1.1.4, §4.2.5, §4.5.2 (transparency), §4.5.3.1; RFC 1870 §6 (size, dots not counted). */
import { describe } from "vitest";
import { exchanger as port } from "./servers/content.ts";
import { DATA, EHLO, MAIL, RCPT, type Row, type Step, raw, table } from "./table.ts";

const OPEN: readonly Step[] = [EHLO, MAIL, RCPT, DATA];
/** A message with nothing in doubt behind it: it must be taken whatever became of the one before. */
const NEXT: readonly Step[] = [["RCPT TO:<u@b.example>", "503"], ["DATA", "503"], MAIL, RCPT, DATA, [".", "250"]];

describe("the end of content is CRLF . CRLF and nothing else (§4.1.1.4)", () => {
  const NO_END = [
    "\n.\n",
    "\r.\r",
    "\n.\r\n",
    "\r\n.\n",
    "\r\n.\r",
    "\r.\r\n",
    "\n.\r",
    "\r\n\n.\r\n",
    "\r\n.\0\r\n",
    "\r\n\0.\r\n",
  ];
  const NOT_LONE = ["\r\n..\r\n", "\r\n. \r\n", "\r\n .\r\n", "\r\n.x\r\n", "\r\n.\t\r\n", "x.\r\n", "\r\n...\r\n"];
  const trap = (end: string): Step => [raw(`a${end}RSET\r\nMAIL FROM:<x@y>\r\n\r\n.\r\n`), "250|5[05]"];
  table(port, OPEN, [
    ...[...NO_END, ...NOT_LONE].map((end): Row => [`§4.1.1.4 ${JSON.stringify(end)} is none`, trap(end), ...NEXT]),
    ...NOT_LONE.map((end): Row => [
      `§4.5.2 ${JSON.stringify(end)} is taken`,
      [raw(`a${end}\r\n.\r\n`), "250"],
      ...NEXT,
    ]),
    ["§4.1.1.4 at once: the CRLF of DATA counts", [".", "250"], ...NEXT],
    ["§4.1.1.4 behind an empty line", [raw("\r\n.\r\n"), "250"], ...NEXT],
    ["§4.1.1.4 in pieces", [raw("a\r")], [raw("\n")], [raw(".")], [raw("\r")], [raw("\n"), "250"], ...NEXT],
    ["§2.3.8 bare LF is refused behind the true end", [raw("a\nb\r\n.\r\n"), "5"], ...NEXT],
    ["§2.3.8 bare CR is refused behind the true end", [raw("a\rb\r\n.\r\n"), "5"], ...NEXT],
    ["§2.3.8 CR CR LF is refused behind the true end", [raw("a\r\r\nb\r\n.\r\n"), "5"], ...NEXT],
    ["§4.1.1.4 commands in content are content", [raw("QUIT\r\nRSET\r\nNOOP\r\nSTARTTLS\r\n.\r\n"), "250"], ...NEXT],
  ]);
});

describe("size (RFC 1870 §6, RFC 5321 §4.5.3.1)", () => {
  /** Lines of 20 octets with CRLF, and one that makes it `octets` in all. */
  const content = (octets: number): string => {
    const rest = octets % 20;
    const lines = `${"x".repeat(18)}\r\n`.repeat((octets - rest) / 20 - 1);
    return `${lines}${"y".repeat(18 + rest)}\r\n`;
  };
  const dotted = (octets: number): string => `.${content(octets).slice(1)}`.replace(/^\./, "..");
  const say = (text: string): Step["0"] => raw(`${text}.\r\n`);
  table(port, OPEN, [
    ["RFC 1870 §6.3 999 of 1000", [say(content(999)), "250"], ...NEXT],
    ["RFC 1870 §6.3 1000 of 1000", [say(content(1000)), "250"], ...NEXT],
    ["RFC 1870 §6.3 1001 of 1000", [say(content(1001)), "552 5\\.3\\.4"], ...NEXT],
    ["RFC 1870 §3 a dot that was added is not counted: 1000", [say(dotted(1000)), "250"], ...NEXT],
    ["RFC 1870 §3 a dot that was added is not counted: 1001", [say(dotted(1001)), "552"], ...NEXT],
    ["RFC 1870 §3 dots of each line are not counted", [raw(`${"..\r\n".repeat(333)}.\r\n`), "250"], ...NEXT],
    ["RFC 1870 §3 the terminator is not counted", [raw(`${"\r\n".repeat(500)}.\r\n`), "250"], ...NEXT],
    ["RFC 1870 §3 each CRLF counts two", [raw(`${"\r\n".repeat(501)}.\r\n`), "552"], ...NEXT],
    ["§4.5.3.1.9 far too much is read to its end, one reply", [say(content(100_000)), "552"], ...NEXT],
    ["§4.5.3.1.6 a text line of 1000 octets", [raw(`${"x".repeat(998)}\r\n.\r\n`), "250"], ...NEXT],
    ["RFC 1870 §6.1 8-bit octets count one", [raw(`${"\xe9".repeat(998)}\r\n.\r\n`), "250|5"], ...NEXT],
  ]);
  table(
    port,
    [EHLO],
    [
      [
        "§4.5.3.1.9 the bound holds after HELO too",
        ["HELO x", "250"],
        MAIL,
        RCPT,
        DATA,
        [say(content(1001)), "552 [^5]"],
        MAIL,
      ],
      [
        "RFC 1870 §6.2 less than was declared",
        ["MAIL FROM:<a@b.example> SIZE=900", "250"],
        RCPT,
        DATA,
        ["x\r\n.", "250"],
      ],
      [
        "RFC 1870 §6.3 more than was declared",
        ["MAIL FROM:<a@b.example> SIZE=1", "250"],
        RCPT,
        DATA,
        [say(content(900)), "250|552"],
        ...NEXT,
      ],
    ],
  );
});

describe("octets of content (§2.4, RFC 6152)", () => {
  const BODIES = ["", " BODY=7BIT", " BODY=8BITMIME"];
  table(
    port,
    [EHLO],
    [
      [
        "RFC 6152 §3 8-bit with BODY=8BITMIME",
        ["MAIL FROM:<a@b> BODY=8BITMIME", "250"],
        RCPT,
        DATA,
        [raw("\xe9\xff\x80\r\n.\r\n"), "250"],
      ],
      [
        "RFC 6531 §3.6 UTF-8 with SMTPUTF8 BODY=8BITMIME",
        ["MAIL FROM:<a@b> SMTPUTF8 BODY=8BITMIME", "250"],
        RCPT,
        DATA,
        ["Subject: \u00e9\r\n\r\n\u00e9\r\n.", "250"],
      ],
      [
        "RFC 3030 §3 BODY=BINARYMIME is no matter of DATA",
        ["MAIL FROM:<a@b> BODY=BINARYMIME", "250"],
        RCPT,
        ["DATA", "503"],
        ["RSET", "250"],
      ],
      ...BODIES.map((body): Row => [
        `§4.5.2 a control is content with${body}`,
        [`MAIL FROM:<a@b>${body}`, "250"],
        RCPT,
        DATA,
        [raw("\x01\x1f\x7f\t\x0b\r\n.\r\n"), "250"],
        ...NEXT,
      ]),
      ...BODIES.slice(0, 2).map((body): Row => [
        `RFC 6152 §3 8-bit without it is one reply:${body}`,
        [`MAIL FROM:<a@b>${body}`, "250"],
        RCPT,
        DATA,
        [raw("\xe9\r\n.\r\n"), "250|5"],
        ...NEXT,
      ]),
      ["§4.5.2 NUL in content is one reply", MAIL, RCPT, DATA, [raw("a\0b\r\n.\r\n"), "250|5"], ...NEXT],
    ],
  );
});

describe("recipients (§4.5.3.1.8, §4.5.3.1.10)", () => {
  const many = (count: number): readonly Step[] =>
    Array.from({ length: count }, (_, at): Step => [`RCPT TO:<u${at}@b.example>`, "250"]);
  table(
    port,
    [EHLO, MAIL],
    [
      ["§4.5.3.1.8 a hundred are taken", ...many(100), DATA, [".", "250"]],
      [
        "§4.5.3.1.10 one more is 452, and the rest stay",
        ...many(100),
        ["RCPT TO:<v@b.example>", "452 4\\.5\\.3"],
        ["RCPT TO:<w@b.example>", "452"],
        DATA,
        [".", "250"],
        ...NEXT,
      ],
      ["§3.3 a refused one beside a good one", ["RCPT TO:<x>", "5"], RCPT, ["RCPT TO:<@>", "5"], DATA, [".", "250"]],
      ["§3.3 none is good", ["RCPT TO:<x>", "5"], ["DATA", "503|554"], RCPT, DATA, [".", "250"]],
    ],
  );
});

describe("statuses (RFC 3463, RFC 2034 §4)", () => {
  const STATUS: readonly (readonly [string, string, string])[] = [
    ["RSET", "250 2\\.", "RSET"],
    ["NOOP", "250 2\\.", "NOOP"],
    ["XYZZY", "500 5\\.5\\.[12]", "an unknown verb"],
    ["RSET x", "501 5\\.5\\.4", "an argument too many"],
    ["MAIL FROM:<a@@b>", "501 5\\.(?:1\\.7|5\\.[24])|553 5\\.1\\.7", "a bad reverse-path"],
    ["RCPT TO:<a@b>", "503 5\\.5\\.1", "a bad sequence"],
    ["DATA", "503 5\\.5\\.1", "a bad sequence"],
    ["VRFY u", "252 2\\.", "VRFY"],
    ["EXPN u", "502 5\\.", "EXPN"],
    ["HELP", "214[ -]2\\.", "HELP"],
    ["MAIL FROM:<a@b> SIZE=1001", "552 5\\.3\\.4", "too much declared"],
    ["MAIL FROM:<a@b> XYZZY", "555 5\\.5\\.4", "an unknown parameter"],
    ["MAIL FROM:<a@b>", "250 2\\.1\\.0", "MAIL"],
    ["EHLO x", "250-mx\\.example\\.org", "EHLO, which has none"],
    ["HELO x", "250 mx\\.example\\.org", "HELO, which has none"],
    ["QUIT", "221 2\\.0\\.0", "QUIT"],
  ];
  table(
    port,
    [EHLO],
    STATUS.filter(([say]) => say !== "QUIT").map(([say, reply, what]): Row => [
      `RFC 2034 §4 ${what}: ${say}`,
      [say, reply],
    ]),
  );
  table(
    port,
    [EHLO, MAIL],
    [
      ["RFC 2034 §4 RCPT", ["RCPT TO:<u@b>", "250 2\\.1\\.5"]],
      ["RFC 2034 §4 a bad forward-path", ["RCPT TO:<u@@b>", "501 5\\.(?:1\\.3|5\\.[24])|553 5\\.1\\.3"]],
      ["RFC 2034 §4 a second MAIL", ["MAIL FROM:<>", "503 5\\.5\\.1"]],
      ["RFC 2034 §4 354 has none, the end has", RCPT, ["DATA", "354 [^235]"], [".", "250 2\\."]],
    ],
  );
});
