/**
 * A server that does what a list of numbers says, from perfect manners to nonsense, and a naive model of the client:
 * written from RFC 5321, 2033 and 3030 over the transcript, after the fact, with no phase, window or queue in it.
 */

/** One thing that the server read, and the codes that it gave for it; none where it gave no more. */
export interface Step {
  readonly verb: string;
  /** The argument; for content by DATA, as `END`, the content. */
  readonly argument: string;
  /** Content is complete with it. */
  readonly complete: boolean;
  readonly codes: number[];
}

/** A message as the server has it. */
export interface Stored {
  readonly to: readonly string[];
  readonly content: string;
}

const POLITE = 70;

/** A server on text, one character an octet. */
export class Server {
  readonly steps: Step[] = [];
  readonly stored: Stored[] = [];
  /** It has closed the connection. */
  dead = false;
  /** It did something that no table has. */
  strange = false;
  /** It said a reply that nothing had asked for. */
  extra = false;
  readonly #choices: readonly number[];
  readonly #lmtp: boolean;
  readonly #offer: readonly string[];
  #at = 0;
  #input = "";
  #mail = false;
  #to: string[] = [];
  #chunks = "";
  #failed = false;
  #content = false;
  #reply = "";

  constructor(choices: readonly number[], lmtp: boolean, offer: readonly string[]) {
    this.#choices = choices;
    this.#lmtp = lmtp;
    this.#offer = offer;
  }

  /** Whether it stands between transactions. */
  get idle(): boolean {
    return !this.#mail && this.#to.length === 0 && !this.#content && !this.#failed && this.#chunks === "";
  }

  greet(): string {
    return "220 mx\r\n";
  }

  /** Takes what the client sent; returns what it says. */
  take(text: string): string {
    this.#input += text;
    this.#reply = "";
    while (this.#content ? this.#readContent() : this.#readCommand());
    return this.#reply;
  }

  #next(): number {
    const choice = this.#choices[this.#at] ?? 0;
    this.#at += 1;
    return choice;
  }

  #readContent(): boolean {
    const end = this.#input.startsWith(".\r\n") ? 0 : this.#input.indexOf("\r\n.\r\n") + 2;
    if (end === 1) return false;
    const content = this.#input.slice(0, end).replace(/(^|\r\n)\./g, "$1");
    this.#input = this.#input.slice(end + 3);
    this.#content = false;
    this.#finish({ verb: "END", argument: content, complete: true, codes: [] }, content, true);
    return true;
  }

  #readCommand(): boolean {
    const end = this.#input.indexOf("\r\n");
    if (end < 0) return false;
    const [, verb = "", argument = ""] = /^(\S+) ?(.*)$/.exec(this.#input.slice(0, end)) ?? [];
    if (verb === "CHUNK") return this.#chunk(end + 2, argument);
    this.#input = this.#input.slice(end + 2);
    const step: Step = { verb, argument, complete: false, codes: [] };
    this.steps.push(step);
    if (verb === "EHLO" || verb === "LHLO") this.#say(step, 250, ["mx", ...this.#offer]);
    else if (verb === "QUIT") this.#say(step, 221);
    else this.#answer(step);
    return true;
  }

  #chunk(from: number, argument: string): boolean {
    const [size = "", last] = argument.split(" ");
    const end = from + Number(size);
    if (this.#input.length < end) return false;
    const octets = this.#input.slice(from, end);
    this.#input = this.#input.slice(end);
    const step: Step = { verb: "CHUNK", argument: size, complete: last !== undefined, codes: [] };
    const legal = this.#mail && this.#to.length > 0 && !this.#failed;
    if (last !== undefined) {
      this.#finish(step, this.#chunks + octets, legal);
      return true;
    }
    this.steps.push(step);
    const code = this.#choose(legal ? 250 : 503, 250);
    this.#say(step, code);
    if (code >= 400) this.#failed = true;
    else this.#chunks += octets;
    return true;
  }

  /** The replies to complete content: one, or in LMTP one for each recipient (RFC 2033 §4.2). */
  #finish(step: Step, content: string, legal: boolean): void {
    this.steps.push(step);
    const to = this.#to;
    const wants = this.#lmtp && legal ? Math.max(1, to.length) : 1;
    let over = true;
    for (let n = 0; n < wants; n++) {
      const code = this.#choose(legal ? 250 : 503, 250);
      this.#say(step, code);
      if (!legal && code >= 300) over = false;
      if (code >= 200 && code < 300) this.stored.push({ to: this.#lmtp ? to.slice(n, n + 1) : to, content });
    }
    if (over) this.#reset();
  }

  #reset(): void {
    this.#mail = false;
    this.#to = [];
    this.#chunks = "";
    this.#failed = false;
  }

  #answer(step: Step): void {
    const { verb, argument } = step;
    if (verb === "MAIL") {
      const code = this.#choose(this.#mail ? 503 : 250, 250);
      if (code < 300) this.#mail = true;
      this.#say(step, code);
    } else if (verb === "RCPT") {
      const code = this.#choose(this.#mail ? 250 : 503, 250);
      if (code < 300) this.#to.push(argument.replace(/^TO:<([^>]*)>.*$/, "$1"));
      this.#say(step, code);
    } else if (verb === "DATA") {
      const code = this.#choose(this.#mail && this.#to.length > 0 ? 354 : 503, 354);
      this.#content = code === 354 && !this.dead;
      this.#say(step, code);
    } else {
      const code = this.#choose(250, 250);
      if (code < 300) this.#reset();
      this.#say(step, code);
    }
  }

  /** A code: the right one, a refusal, the one of success whatever the state, or one that the command cannot have. */
  #choose(right: number, success: number): number {
    const choice = this.#next();
    if (choice < POLITE) return right;
    if (choice < 80) return 550;
    if (choice < 88) return 450;
    if (choice < 92) {
      if (right !== success) this.strange = true;
      return success;
    }
    if (choice < 94) {
      this.strange = true;
      return success === 250 ? 354 : 250;
    }
    if (choice === 94) return 421;
    this.strange = true;
    if (choice === 95) this.dead = true;
    if (choice === 96) this.#reply += "what?\r\n";
    if (choice === 97) {
      this.extra = true;
      this.#reply += "250 also\r\n";
    }
    if (choice === 98) {
      this.#reply += "250-half\r\n";
      this.dead = true;
    }
    return right;
  }

  #say(step: Step, code: number, lines: readonly string[] = ["said"]): void {
    if (this.dead) return;
    step.codes.push(code);
    lines.forEach((line, n) => (this.#reply += `${code}${n + 1 < lines.length ? "-" : " "}${line}\r\n`));
    if (code === 421) this.dead = true;
  }
}

/** Whether a command can be answered so (RFC 5321 §4.3.2). */
const isSound = (verb: string, code: number): boolean => code >= 400 || (verb === "DATA" ? code >= 300 : code < 300);

/** The transcript up to the first reply that ends the dialogue: 421, or one that its command cannot have. */
const heard = (steps: readonly Step[]): readonly Step[] => {
  let over = false;
  return steps.map((step) => {
    const codes: number[] = [];
    for (const code of step.codes) {
      if (!over && isSound(step.verb, code)) codes.push(code);
      over ||= code === 421 || !isSound(step.verb, code);
    }
    return { ...step, codes };
  });
};

const addressOf = (argument: string): string => argument.replace(/^TO:<([^>]*)>.*$/, "$1");

/** What the verdicts must be, from the transcript of one message alone: `groups` are the recipients of its transactions. */
export const judge = (
  said: readonly Step[],
  groups: readonly (readonly string[])[],
  lmtp: boolean,
): readonly string[] => {
  const steps = heard(said);
  const verdicts = new Map<string, string>();
  const say = (to: readonly string[], verdict: string): void => {
    for (const one of to) if (!verdicts.has(one)) verdicts.set(one, verdict);
  };
  const begins = steps.flatMap(({ verb }, at) => (verb === "MAIL" ? [at] : []));
  for (const [n, from] of begins.entries()) {
    const mine = steps.slice(from, begins[n + 1]);
    const mail = mine[0]?.codes[0] ?? 0;
    if (mail >= 400) say(groups[n] ?? [], `refused ${mail} MAIL`);
    const accepted: string[] = [];
    for (const { verb, argument, codes } of mine) {
      const code = codes[0] ?? 0;
      if (verb !== "RCPT" || code === 0) continue;
      if (code >= 400) say([addressOf(argument)], `refused ${code} RCPT`);
      else if (mail < 300) accepted.push(addressOf(argument));
    }
    for (const { verb, codes, complete } of mine) {
      const named = verb === "END" ? "DATA" : verb;
      if (named !== "DATA" && named !== "CHUNK") continue;
      for (const [at, code] of codes.entries()) {
        const whom = lmtp && complete ? accepted.slice(at, at + 1) : accepted;
        if (code >= 400) say(whom, `refused ${code} ${named}`);
        else if (complete) say(whom, "accepted");
      }
      if (complete) say(accepted, "in-doubt");
    }
  }
  return groups.flat().map((one) => verdicts.get(one) ?? "unsent");
};
