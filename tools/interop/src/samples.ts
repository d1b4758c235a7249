// The messages that travel between peers: those of the demonstration that every program can carry, and some that few
// would write and many must carry.
import { latin1, lines, type Sample, samples } from "@posthorn/demo";

const head = lines(
  "Date: Mon, 23 Nov 2026 12:00:00 +0000",
  "From: Ada <ada@demo.example>",
  "To: Bob <bob@demo.example>",
  "Message-ID: <odd@demo.example>",
);
const ada = { from: "ada@demo.example", to: ["bob@demo.example"], by: "DATA" } as const;

const longLines: Sample = {
  ...ada,
  name: "lines of 2000 octets",
  octets: latin1(`${head}Subject: long\r\n\r\n${lines("x".repeat(2000), ".".repeat(2000), "end")}`),
};

const latinHeader: Sample = {
  ...ada,
  name: "Latin-1 in a header",
  octets: latin1(`${head}Subject: Gr\u00FC\u00DFe\r\n\r\nHallo.\r\n`),
};

const demo = samples();
const named = (name: string): readonly Sample[] => demo.filter((sample) => sample.name === name);

/** For every peer. */
export const common: readonly Sample[] = [
  ...named("plain text"),
  ...named("base64 attachment"),
  ...named("8-bit text"),
  ...named("lines of dots"),
  ...named("empty body"),
  latinHeader,
];

/** Lines longer than RFC 5321 §4.5.3.1.6 has them: for peers that keep them whole. */
export const long: readonly Sample[] = [longLines];

/** SMTPUTF8, for peers that speak it. */
export const international: readonly Sample[] = named("UTF-8 headers, addresses");

/** Two short ones, where the way is what is tried and not the content. */
export const short: readonly Sample[] = [...named("plain text"), ...named("lines of dots")];
