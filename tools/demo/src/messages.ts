// The messages of the demonstration. Each is there because something between two mail programs is known to break it.
// All are made here, octet by octet the same in every run, so that no checkout can change a line ending.
import { base64Lines, join, latin1, lines, noise, utf8 } from "./octets.ts";

/** One message, and how it is to travel. */
export interface Sample {
  /** A short name for the table. */
  readonly name: string;
  readonly from: string;
  readonly to: readonly string[];
  readonly octets: Uint8Array;
  /** The verb that is to carry it (RFC 5321 §4.1.1.4, RFC 3030 §2). */
  readonly by: "DATA" | "BDAT";
  /** A parameter of MAIL that must have been sent. */
  readonly parameter?: string;
}

/** The domains that the server takes mail for: one in ASCII, one that is an A-label on the wire of the DNS (RFC 5890). */
export const domains: readonly string[] = ["demo.example", "bücher.example"];

const head = (subject: string, ...more: readonly string[]): string =>
  lines(
    "Date: Mon, 23 Nov 2026 12:00:00 +0000",
    "From: Ada <ada@demo.example>",
    "To: Bob <bob@demo.example>",
    `Subject: ${subject}`,
    `Message-ID: <${subject.toLowerCase().replaceAll(" ", "-")}@demo.example>`,
    "MIME-Version: 1.0",
    ...more,
  );

const ada = { from: "ada@demo.example", to: ["bob@demo.example"], by: "DATA" } as const;

const plain: Sample = {
  ...ada,
  name: "plain text",
  octets: latin1(
    head("Good morning") + lines("", "Dear Bob,", "", "the coach leaves at nine. Bring the horn.", "", "Ada"),
  ),
};

const attachment: Sample = {
  ...ada,
  name: "base64 attachment",
  to: ["bob@demo.example", "carol@demo.example"],
  by: "BDAT",
  octets: join(
    latin1(
      head("The drawing", 'Content-Type: multipart/mixed; boundary="=_cut"') +
        lines("", "A preamble that no reader shows.", "--=_cut", "Content-Type: text/plain; charset=us-ascii", "") +
        lines("Here it is.", "", "--=_cut", 'Content-Type: application/octet-stream; name="drawing.bin"') +
        lines("Content-Transfer-Encoding: base64", 'Content-Disposition: attachment; filename="drawing.bin"', ""),
    ),
    base64Lines(noise(150_000, 1)),
    latin1(lines("--=_cut--")),
  ),
};

const eightBit: Sample = {
  ...ada,
  name: "8-bit text",
  parameter: "BODY=8BITMIME",
  octets: latin1(
    head("Umlauts", "Content-Type: text/plain; charset=iso-8859-1", "Content-Transfer-Encoding: 8bit") +
      lines(
        "",
        "Zw\u00F6lf Boxk\u00E4mpfer jagen V\u00EDktor quer \u00FCber den gro\u00DFen Deich.",
        "\u00A1Ol\u00E9!",
      ),
  ),
};

const international: Sample = {
  name: "UTF-8 headers, addresses",
  from: "юлия@demo.example",
  to: ["jörg@bücher.example"],
  by: "BDAT",
  parameter: "SMTPUTF8",
  octets: utf8(
    lines(
      "Date: Mon, 23 Nov 2026 12:00:00 +0000",
      "From: Юлия <юлия@demo.example>",
      "To: Jörg <jörg@bücher.example>",
      "Subject: Почтовый рожок 📯",
      "Message-ID: <utf8@demo.example>",
      "MIME-Version: 1.0",
      "Content-Type: text/plain; charset=utf-8",
      "Content-Transfer-Encoding: 8bit",
      "",
      "Здравствуйте, Jörg! 您好。",
    ),
  ),
};

const dots: Sample = {
  ...ada,
  name: "lines of dots",
  octets: latin1(
    head("Dots") +
      lines("", ".", "..", "...", ".leading", "trailing.", "", ".", "", "..double", ".\t.", ". .", ".") +
      lines(".".repeat(998), ".\u0020", "QUIT", ".", "MAIL FROM:<mallory@demo.example>", "."),
  ),
};

const empty: Sample = { ...ada, name: "empty body", octets: latin1(head("Nothing to say") + lines("")) };

/** Every octet there is, in an order that has CR and LF alone, doubled and turned about, and no line ending at the end. */
const binary: Sample = {
  ...ada,
  name: "binary by BDAT",
  by: "BDAT",
  parameter: "BODY=BINARYMIME",
  octets: join(
    latin1(head("Raw", "Content-Type: application/octet-stream", "Content-Transfer-Encoding: binary") + lines("")),
    Uint8Array.from({ length: 256 }, (_, octet) => octet),
    latin1("\r\r\n\n\r\n.\r\n\n.\n\0\r.\r"),
    noise(300_000, 2),
  ),
};

const MIB = 1024 * 1024;

/** A message of exactly `size` octets. */
function ofSize(size: number): Uint8Array {
  const start = latin1(
    head("The archive", "Content-Type: application/octet-stream", "Content-Transfer-Encoding: base64") + lines(""),
  );
  const body = base64Lines(noise(Math.ceil((size * 57) / 78), 3));
  const end = latin1("\r\n");
  return join(start, body.subarray(0, size - start.length - end.length), end);
}

const large: Sample = { ...ada, name: "20 MiB", octets: ofSize(20 * MIB) };

/** All of them, in the order in which they are sent. Made anew by each call. */
export const samples = (): readonly Sample[] => [
  plain,
  attachment,
  eightBit,
  international,
  dots,
  empty,
  binary,
  large,
];
