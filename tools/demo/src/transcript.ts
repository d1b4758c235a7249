// What a transcript shows of a session: the lines of both sides, and from them what was really used. The demonstration
// does not believe a program that says it was secure; it looks at what was said on the wire.

/** One line of a transcript, without its mark. */
export interface Spoken {
  /** Client, server, or `*`: what happened between them, such as a TLS handshake. */
  readonly side: "C" | "S" | "*";
  readonly text: string;
}

// oxlint-disable-next-line no-control-regex -- colours, should a program print any
const COLOURS = /\u001B\[[\d;]*m/g;

/** The line of a transcript in a printed one, if it is one: `C: EHLO client.example`, `* TLS: TLSv1.3`. */
export function spoken(line: string): Spoken | undefined {
  const found = /^\s*(?:([CS]):|(\*)) ?(.*)$/.exec(line.replaceAll(COLOURS, ""));
  const side = found?.[1] ?? found?.[2];
  return side === "C" || side === "S" || side === "*" ? { side, text: found?.[3] ?? "" } : undefined;
}

/** What a session was seen to do. */
export interface Seen {
  /** Whether STARTTLS was sent and answered 220. */
  readonly starttls: boolean;
  /** The mechanism of an AUTH that was answered 235, and came after TLS. */
  readonly mechanism: string | undefined;
  /** The verbs that left with MAIL, and it among them, before its reply came. */
  readonly group: readonly string[];
  /** The verb that carried the content. */
  readonly by: "DATA" | "BDAT" | undefined;
  /** The MAIL command. */
  readonly mail: string;
}

/** Looks through a dialogue. */
export function look(dialogue: readonly Spoken[]): Seen {
  const from = (start: number, side: "C" | "S", pattern: RegExp): number =>
    dialogue.findIndex((line, at) => at >= start && line.side === side && pattern.test(line.text));
  const asked = from(0, "C", /^STARTTLS$/i);
  const granted = asked < 0 ? -1 : from(asked, "S", /^220[ -]/);
  const auth = from(Math.max(granted, 0), "C", /^AUTH /i);
  const proved = auth >= 0 && from(auth, "S", /^235[ -]/) >= 0;
  const mail = from(0, "C", /^MAIL /i);
  const group: string[] = [];
  for (let at = mail; at >= 0 && dialogue[at]?.side === "C"; at += 1) {
    group.push(dialogue[at]?.text.split(" ", 1)[0]?.toUpperCase() ?? "");
  }
  const carried = from(0, "C", /^(DATA$|BDAT )/i);
  const verb = carried < 0 ? undefined : dialogue[carried]?.text.slice(0, 4).toUpperCase();
  return {
    starttls: granted >= 0,
    mechanism: proved ? dialogue[auth]?.text.split(" ")[1] : undefined,
    group,
    by: verb === "DATA" || verb === "BDAT" ? verb : undefined,
    mail: dialogue[mail]?.text ?? "",
  };
}
