/** BDAT and BINARYMIME: RFC 3030 §2, §3, §4, and RFC 1870 for the size of all chunks. */
import { describe } from "vitest";
import { exchanger as port } from "./servers/content.ts";
import { DATA, EHLO, MAIL, RCPT, type Row, type Step, closed, raw, table } from "./table.ts";

const OPEN: readonly Step[] = [EHLO, MAIL, RCPT];
const NEXT: readonly Step[] = [["RCPT TO:<u@b.example>", "503"], MAIL, RCPT, DATA, [".", "250"]];

/** A chunk, its octets and the pattern of its reply. */
const chunk = (octets: string, reply: string, last = ""): Step => [
  raw(`BDAT ${octets.length}${last}\r\n${octets}`),
  reply,
];
const LAST = " LAST";

describe("chunks make a message (§2)", () => {
  table(port, OPEN, [
    ["§2 one chunk", chunk("x\r\n", "250 2", LAST), ...NEXT],
    ["§2 two", chunk("x\r\n", "250 2"), chunk("y\r\n", "250", LAST), ...NEXT],
    ["§2 many", ...Array.from({ length: 30 }, () => chunk("x\r\n", "250")), chunk("y\r\n", "250", LAST), ...NEXT],
    ["§2 a last one of nothing", chunk("x\r\n", "250"), ["BDAT 0 LAST", "250"], ...NEXT],
    ["§2 nothing at all", ["BDAT 0 LAST", "250"], ...NEXT],
    ["§2 a first one of nothing", ["BDAT 0", "250"], chunk("x\r\n", "250", LAST), ...NEXT],
    ["§2 no CRLF at the end", chunk("x", "250", LAST), ...NEXT],
    ["§2 CR and LF in two chunks", chunk("x\r", "250"), chunk("\ny\r\n", "250", LAST), ...NEXT],
    ["§2 a lone dot is content", chunk("x\r\n.\r\ny\r\n", "250", LAST), ...NEXT],
    [
      "§2 the terminator of DATA in two chunks is content",
      chunk("x\r\n.", "250"),
      chunk("\r\nQUIT\r\n", "250", LAST),
      ...NEXT,
    ],
    ["§2 commands in a chunk are content", chunk("RSET\r\nQUIT\r\nNOOP\r\n", "250", LAST), ...NEXT],
    ["§2 all in one write", [raw("BDAT 3\r\nab\rBDAT 3 LAST\r\n\ncdNOOP\r\n"), "250", "250", "250"], ...NEXT],
    ["§2 in pieces", [raw("BDA")], [raw("T 4 LA")], [raw("ST\r\nab")], [raw("\r")], [raw("\n"), "250"], ...NEXT],
    ...["BDAT 2 last\r\nab", "bdat 2 Last\r\nab", "BDAT 002 LAST\r\nab"].map((say): Row => [
      `§2.4 ${JSON.stringify(say)}`,
      [raw(say), "250"],
      ...NEXT,
    ]),
    ["§4.1.1 white space before CRLF", [raw("BDAT 2 LAST \r\nab"), "250"], ...NEXT],
    ["§2 the host may speak between chunks", chunk("x", "250"), ["NOOP", "250"], chunk("y", "250", LAST), ...NEXT],
  ]);
});

describe("text is lines that end in CRLF, by BDAT as by DATA (RFC 5321 §2.3.8; §3 frees BINARYMIME from it)", () => {
  const binary: readonly Step[] = [["MAIL FROM:<a@c.example> BODY=BINARYMIME", "250"], RCPT];
  table(
    port,
    [EHLO],
    [
      ...["a\nb", "a\rb", "\n", "a\r", "\r\n.\n"].flatMap((text): readonly Row[] => [
        [`§2.3.8 ${JSON.stringify(text)}`, MAIL, RCPT, chunk(text, "550 5.6.0", LAST), ...NEXT],
        [`§3 ${JSON.stringify(text)} as BINARYMIME`, ...binary, chunk(text, "250", LAST), ...NEXT],
      ]),
      ["§2.3.8 shown by the next chunk", MAIL, RCPT, chunk("a\r", "250"), chunk("b", "550 5.6.0", LAST), ...NEXT],
      ["§2.3.8 shown by the end", MAIL, RCPT, chunk("a\r", "250"), ["BDAT 0 LAST", "550 5.6.0"], ...NEXT],
    ],
  );
});

describe("sequence (§2)", () => {
  table(
    port,
    [EHLO],
    [
      ["§2 without MAIL: octets are consumed, 503", chunk("QUIT\r\n", "503"), MAIL],
      ["§2 without RCPT", MAIL, chunk("QUIT\r\n", "503|554", LAST), RCPT, chunk("x", "250", LAST)],
      ["§2 after LAST", MAIL, RCPT, chunk("x", "250", LAST), chunk("QUIT\r\n", "503"), MAIL],
      ["§2 after LAST, another LAST", MAIL, RCPT, chunk("x", "250", LAST), chunk("QUIT\r\n", "503", LAST), MAIL],
      ["§2 DATA after BDAT is 503, MUST", MAIL, RCPT, chunk("x", "250"), ["DATA", "503"], ["RSET", "250"], MAIL],
      [
        "§2 BDAT after DATA needs a transaction of its own",
        MAIL,
        RCPT,
        DATA,
        [".", "250"],
        chunk("x\r\n", "503", LAST),
      ],
      ["§2 MAIL between chunks", MAIL, RCPT, chunk("x", "250"), ["MAIL FROM:<>", "503"], chunk("y", "250", LAST)],
      ["§2 RCPT between chunks", MAIL, RCPT, chunk("x", "250"), ["RCPT TO:<v@b>", "503"], chunk("y", "250", LAST)],
      [
        "§2 RSET drops the chunks",
        MAIL,
        RCPT,
        chunk("x", "250"),
        ["RSET", "250"],
        chunk("y", "503", LAST),
        ...NEXT.slice(1),
      ],
      ["§4.1.4 EHLO drops the chunks", MAIL, RCPT, chunk("x", "250"), EHLO, chunk("y", "503", LAST), ...NEXT.slice(1)],
      ["§2 QUIT drops the chunks", MAIL, RCPT, chunk("x", "250"), ["QUIT", "221"], [closed]],
      [
        "§4.2 pipelined behind a refused MAIL: all octets are consumed",
        [raw("MAIL FROM:<@>\r\nRCPT TO:<u@b>\r\nBDAT 6 LAST\r\nQUIT\r\nNOOP\r\n"), "501", "503", "503", "250"],
      ],
      [
        "§4.2 pipelined behind a refused RCPT",
        MAIL,
        [raw("RCPT TO:<@>\r\nBDAT 6\r\nQUIT\r\nBDAT 6 LAST\r\nRSET\r\nNOOP\r\n"), "501", "503|554", "503|554", "250"],
      ],
      [
        "§4.2 two messages in one write",
        [
          raw(
            "MAIL FROM:<>\r\nRCPT TO:<u@b>\r\nBDAT 1 LAST\r\naMAIL FROM:<>\r\nRCPT TO:<u@b>\r\nBDAT 2 LAST\r\nabNOOP\r\n",
          ),
          "250",
          "250",
          "250",
          "250",
          "250",
          "250",
          "250",
        ],
      ],
    ],
  );
});

describe("a chunk-size (§2)", () => {
  const BAD = [
    "BDAT",
    "BDAT LAST",
    "BDAT -1",
    "BDAT +1",
    "BDAT x",
    "BDAT 1.5",
    "BDAT 1,000",
    "BDAT 0x10 LAST",
    "BDAT 99999999999999999999999 LAST",
  ];
  table(port, OPEN, [
    ...BAD.map((say): Row => [`§2 ${say}: what follows cannot be told, so it ends`, [say, "50[01]|552|421"], [closed]]),
    ["§2 a word that is not LAST", [raw("BDAT 2 FIRST\r\nab"), "501|421"], [closed]],
    ["§2 a word too many", [raw("BDAT 2 LAST x\r\nab"), "501|421"], [closed]],
  ]);
});

describe("binary (§3)", () => {
  const BINARY: Step = ["MAIL FROM:<a@b> BODY=BINARYMIME", "250"];
  const octets = Array.from({ length: 256 }, (_, at) => String.fromCharCode(at)).join("");
  table(
    port,
    [EHLO],
    [
      ["§3 every octet", BINARY, RCPT, chunk(octets, "250", LAST), ...NEXT],
      ["§3 bare LF, bare CR, NUL", BINARY, RCPT, chunk("a\nb\rc\0d", "250", LAST), ...NEXT],
      ["§3 DATA is 503", BINARY, RCPT, ["DATA", "503"], chunk("x", "250", LAST), ...NEXT],
      [
        "§3 8-bit with BODY=8BITMIME",
        ["MAIL FROM:<a@b> BODY=8BITMIME", "250"],
        RCPT,
        chunk("\xe9\xff\r\n", "250", LAST),
        ...NEXT,
      ],
      ["§2 bare LF without it is one reply", MAIL, RCPT, chunk("a\nb\r\n", "250|5", LAST), ...NEXT],
    ],
  );
});

describe("size (RFC 1870, RFC 3030 §2)", () => {
  const x = (count: number): string => "x".repeat(count);
  table(port, OPEN, [
    ["RFC 1870 §6.3 1000 of 1000", chunk(x(1000), "250", LAST), ...NEXT],
    ["RFC 1870 §6.3 1001 of 1000", chunk(x(1001), "552 5\\.3\\.4", LAST), ...NEXT],
    ["RFC 1870 §6.3 1000 in two", chunk(x(600), "250"), chunk(x(400), "250", LAST), ...NEXT],
    ["RFC 1870 §6.3 1001 in two", chunk(x(600), "250"), chunk(x(401), "552 5\\.3\\.4", LAST), ["RSET", "250"], ...NEXT],
    ["§2 after a refused chunk RSET clears", chunk(x(1001), "552"), chunk("y", "5", LAST), ["RSET", "250"], ...NEXT],
    [
      "§2 after a refused chunk no later one is taken",
      chunk(x(1001), "552"),
      chunk("y", "5"),
      chunk("y", "5", LAST),
      ["RSET", "250"],
      ...NEXT,
    ],
    [
      "§2 a refused chunk's octets are consumed",
      [raw(`BDAT 6000 LAST\r\n${"QUIT\r\n".repeat(1000)}NOOP\r\n`), "552", "250"],
      ["RSET", "250"],
      ...NEXT,
    ],
    ["RFC 1870 §3 dots count in BDAT", chunk(".\r\n".repeat(334), "552", LAST), ["RSET", "250"], ...NEXT],
  ]);
});
