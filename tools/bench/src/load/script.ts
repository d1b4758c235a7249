// What a generator plays: sections of steps, each one write and the codes of the replies that are waited for behind it.
// Both generators, in C and on Node, play the same scripts, so that there is one place where a mode is defined.

/** One write and its replies. */
export interface Step {
  readonly out: Uint8Array;
  readonly codes: readonly number[];
  /** A TLS handshake instead of a write. */
  readonly handshake?: boolean;
}

/** The course of a connection: `cycle` for each message that another follows, `last` for the final one. */
export interface Script {
  readonly open: readonly Step[];
  readonly first: readonly Step[];
  readonly cycle: readonly Step[];
  readonly last: readonly Step[];
  readonly close: readonly Step[];
  /** Messages in flight, where `cycle` is one step that holds its message so many times. */
  readonly window: number;
}

const octets = (text: string): Uint8Array => Buffer.from(text);

/** A step of text. */
export const say = (text: string, ...codes: number[]): Step => ({ out: octets(text), codes });

const greeting: Step = say("", 220);
const hello: Step = say("EHLO load.example\r\n", 250);
const bye: readonly Step[] = [say("QUIT\r\n", 221)];
const handshake: Step = { out: octets(""), codes: [], handshake: true };

/** How a connection begins: in the clear, by STARTTLS, with TLS from the first octet; and what is said behind EHLO. */
export const opening = (tls: "none" | "starttls" | "implicit" = "none", more: readonly Step[] = []): readonly Step[] =>
  tls === "none"
    ? [greeting, hello, ...more]
    : tls === "implicit"
      ? [handshake, greeting, hello, ...more]
      : [greeting, hello, say("STARTTLS\r\n", 220), handshake, hello, ...more];

const mail = "MAIL FROM:<sender@load.example>\r\n";
const recipient = (n: number): string => `RCPT TO:<recipient${n}@bench.example>\r\n`;
const recipients = (count: number): string => Array.from({ length: count }, (_, n) => recipient(n)).join("");

const dotEnd = (content: Uint8Array): Uint8Array => Buffer.concat([content, octets(".\r\n")]);
const group = (count: number): Step => ({
  out: octets(`${mail}${recipients(count)}DATA\r\n`),
  codes: [250, ...Array.from({ length: count }, () => 250), 354],
});

const messages = (steps: readonly Step[], open: readonly Step[]): Script => ({
  open,
  first: [],
  cycle: steps,
  last: steps,
  close: bye,
  window: 1,
});

/** One command, one reply; `content` as it is sent, without the final dot. */
export const lockstep = (content: Uint8Array, open: readonly Step[] = opening()): Script =>
  messages(
    [say(mail, 250), say(recipient(0), 250), say("DATA\r\n", 354), { out: dotEnd(content), codes: [250] }],
    open,
  );

/** MAIL, the RCPTs and DATA in one write (RFC 2920), then the content. */
export const pipelined = (content: Uint8Array, count = 1, open: readonly Step[] = opening()): Script =>
  messages([group(count), { out: dotEnd(content), codes: [250] }], open);

/** The final dot and the next group in one write. */
export const glued = (content: Uint8Array): Script => {
  const next = group(1);
  return {
    open: opening(),
    first: [next],
    cycle: [{ out: Buffer.concat([dotEnd(content), next.out]), codes: [250, ...next.codes] }],
    last: [{ out: dotEnd(content), codes: [250] }],
    close: bye,
    window: 1,
  };
};

/** A message by BDAT in one write (RFC 3030 §2), `window` of them in flight; the octets of several go in one write. */
export const bdat = (content: Uint8Array, window = 4): Script => {
  const message = Buffer.concat([octets(`${mail}${recipient(0)}BDAT ${content.length} LAST\r\n`), content]);
  const step: Step = { out: Buffer.concat(Array.from({ length: window }, () => message)), codes: [250, 250, 250] };
  return { ...messages([step], opening()), window };
};

/** Nothing but a connection: EHLO, and QUIT. A message is counted for each. */
export const visit = (open: readonly Step[] = opening()): Script => messages([say("NOOP\r\n", 250)], open);

/** The file that the generator in C reads: see load/script.c. */
export function encodeScript(script: Script): Uint8Array {
  const parts: Uint8Array[] = [];
  for (const name of ["open", "first", "cycle", "last", "close"] as const) {
    for (const step of script[name]) {
      const codes = step.codes.map((code) => ` ${code}`).join("");
      parts.push(octets(`${name} ${step.out.length}${codes}${step.handshake === true ? " handshake" : ""}\n`));
      parts.push(step.out, octets("\n"));
    }
  }
  return Buffer.concat(parts);
}

const isSection = (word: string | undefined): word is "open" | "first" | "cycle" | "last" | "close" =>
  word !== undefined && ["open", "first", "cycle", "last", "close"].includes(word);

/** Reads what `encodeScript` wrote. @throws Error where it is no script */
export function decodeScript(file: Uint8Array, window: number): Script {
  const read: Record<"open" | "first" | "cycle" | "last" | "close", Step[]> = {
    open: [],
    first: [],
    cycle: [],
    last: [],
    close: [],
  };
  for (let at = 0; at < file.length;) {
    const over = file.indexOf(10, at);
    const [section, length, ...codes] = Buffer.from(file.subarray(at, over)).toString("latin1").split(" ");
    if (!isSection(section)) throw new Error("not a script");
    const out = file.subarray(over + 1, over + 1 + Number(length));
    const handshake = codes.at(-1) === "handshake";
    read[section].push({ out, codes: codes.slice(0, handshake ? -1 : undefined).map(Number), handshake });
    at = over + 2 + out.length;
  }
  return { ...read, window };
}
