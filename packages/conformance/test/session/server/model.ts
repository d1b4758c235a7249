/**
 * A naive server, written from RFC 5321, RFC 2033 and RFC 3030 with plain flags and no table: what a dialogue must
 * answer, command by command. It also writes the client's side, because what a client sends depends on the answers
 * (content follows 354 only). The extension is the stranger's: XBULK is to it what BDAT is to RFC 3030.
 */
import { reply } from "@posthorn/contract";
import type { Reply } from "@posthorn/contract";
import type { Policy } from "./driver.ts";

/** One thing that a client does. */
export type Act =
  | { readonly do: "hello"; readonly verb: "EHLO" | "HELO" | "LHLO"; readonly bare: boolean }
  | { readonly do: "mail"; readonly how: "good" | "null" | "bad" | "unknown" | "prio" | "vetoed" }
  | { readonly do: "rcpt"; readonly how: "good" | "bad" | "unknown" | "tag" | "vetoed" }
  | { readonly do: "data"; readonly how: "good" | "argument" | "bare-lf" | "long" | "empty" }
  | { readonly do: "bulk"; readonly size: number; readonly last: boolean }
  | { readonly do: "blob"; readonly size: number }
  | { readonly do: "talk"; readonly how: "good" | "cancel" | "long" }
  | { readonly do: "line"; readonly text: string };

/** How a host decides, question by question: an index into these. */
export const VERDICTS = [
  "accept",
  "accept",
  "accept",
  "accept",
  "accept",
  "accept",
  "accept",
  "4yz",
  "5yz",
  "421",
] as const;

const said = (verdict: number, type: string): Reply | undefined => {
  const word = VERDICTS[verdict % VERDICTS.length];
  if (word === "accept") return undefined;
  if (word === "421") return reply(421, "4.3.2", "Enough");
  if (word === "4yz") return reply(type === "connection" ? 421 : 451, "4.3.0", "Not now");
  return reply(554, "5.3.0", "No");
};

/** The same decisions, for a session's host. */
export const policyOf =
  (verdicts: readonly number[]): Policy =>
  ({ type }, nth) =>
    said(verdicts[nth % verdicts.length] ?? 0, type);

/** The most octets of content, and of recipients, that model and session are set to. */
export const LIMIT = 40;
export const RECIPIENTS = 2;
export const OVER = 1;

const CONTENT = {
  good: "one\r\n..two\r\n",
  empty: "",
  "bare-lf": "one\ntwo\r\n",
  long: `${"x".repeat(LIMIT)}\r\n`,
  argument: "",
};

/** The server of the RFCs. */
export class Model {
  /** What the client has sent. */
  text = "";
  readonly codes: number[] = [];
  /** Contents that the host was asked about. */
  readonly messages: string[] = [];
  open = true;
  refused = false;
  hello = "";
  mail = false;
  rcpts = 0;
  over = 0;
  bulk: "none" | "open" | "failed" = "none";
  content = "";
  talked = false;
  readonly #lmtp: boolean;
  readonly #verdicts: readonly number[];
  #asked = 0;

  constructor(protocol: "smtp" | "lmtp", verdicts: readonly number[]) {
    this.#lmtp = protocol === "lmtp";
    this.#verdicts = verdicts;
    const code = this.#ask("connection", 220);
    this.#say(code);
    this.refused = code === 554;
  }

  get phase(): string {
    if (!this.open) return "closing";
    if (this.refused) return "refused";
    if (this.bulk !== "none") return `XSTRANGE:${this.bulk}`;
    if (this.rcpts > 0) return "rcpt";
    if (this.mail) return "mail";
    return this.hello === "" ? "connected" : "ready";
  }

  act(act: Act): void {
    if (!this.open) return;
    if (act.do === "hello") this.#hello(act.verb, act.bare);
    else if (act.do === "mail") this.#mail(act.how);
    else if (act.do === "rcpt") this.#rcpt(act.how);
    else if (act.do === "data") this.#data(act.how);
    else if (act.do === "bulk") this.#bulk(act.size, act.last);
    else if (act.do === "blob") this.#blob(act.size);
    else if (act.do === "talk") this.#talk(act.how);
    else this.#line(act.text);
  }

  get #offered(): boolean {
    return this.hello === "EHLO" || this.hello === "LHLO";
  }

  #ask(type: string, code: number): number {
    const verdict = this.#verdicts[this.#asked++ % this.#verdicts.length] ?? 0;
    return said(verdict, type)?.code ?? code;
  }

  #say(code: number): number {
    if (this.open) this.codes.push(code);
    if (code === 421 || code === 221) this.open = false;
    return code;
  }

  #forget(): void {
    this.mail = false;
    this.rcpts = 0;
    this.over = 0;
    this.bulk = "none";
    this.content = "";
  }

  #hello(verb: string, bare: boolean): void {
    this.text += bare ? `${verb}\r\n` : `${verb} client.example\r\n`;
    if (this.refused) this.#say(503);
    else if ((verb === "LHLO") !== this.#lmtp) this.#say(500);
    else if (bare) this.#say(501);
    else if (this.#say(this.#ask("hello", 250)) === 250) {
      this.#forget();
      this.hello = verb;
    }
  }

  #mail(how: "good" | "null" | "bad" | "unknown" | "prio" | "vetoed"): void {
    const path = how === "null" ? "<>" : how === "bad" ? "a@b" : "<a@b.example>";
    const params = { unknown: " XNONE=1", prio: " XPRIO=3", vetoed: " XPRIO=9", good: "", null: "", bad: "" }[how];
    this.text += `MAIL FROM:${path}${params}\r\n`;
    if (this.refused || this.hello === "" || this.mail) this.#say(503);
    else if (how === "bad") this.#say(501);
    else if (how === "unknown" || (params !== "" && !this.#offered)) this.#say(555);
    else if (how === "vetoed") this.#say(550);
    else this.mail = this.#say(this.#ask("mail", 250)) === 250;
  }

  #rcpt(how: "good" | "bad" | "unknown" | "tag" | "vetoed"): void {
    const params = { unknown: " XNONE", tag: " XTAG=a", vetoed: " XTAG=refused", good: "", bad: "" }[how];
    this.text += `RCPT TO:${how === "bad" ? "<a@>" : "<c@d.example>"}${params}\r\n`;
    if (this.refused || !this.mail || this.bulk !== "none") this.#say(503);
    else if (how === "bad") this.#say(501);
    else if (how === "unknown" || (params !== "" && !this.#offered)) this.#say(555);
    else if (how === "vetoed") this.#say(550);
    else if (this.rcpts === RECIPIENTS) this.#say(++this.over > OVER ? 421 : 452);
    else if (this.#say(this.#ask("recipient", 250)) === 250) this.rcpts += 1;
  }

  #data(how: "good" | "argument" | "bare-lf" | "long" | "empty"): void {
    this.text += how === "argument" ? "DATA now\r\n" : "DATA\r\n";
    if (this.refused || this.rcpts === 0 || this.bulk !== "none") this.#say(503);
    else if (how === "argument") this.#say(501);
    else if (this.#say(this.#ask("transfer", 354)) === 354) {
      this.text += `${CONTENT[how]}.\r\n`;
      this.content = CONTENT[how].replaceAll("..", ".");
      this.#finish(how === "bare-lf" ? 550 : how === "long" ? 552 : 0);
    }
  }

  /** The replies to complete content: one, or in LMTP one a recipient; whatever they are, the transaction is over. */
  #finish(refusal: number): void {
    if (refusal === 0) this.messages.push(this.content);
    for (let left = this.#lmtp ? this.rcpts : 1; left > 0 && this.open; left--) {
      this.#say(refusal === 0 ? this.#ask("message", 250) : refusal);
    }
    this.#forget();
  }

  #bulk(size: number, last: boolean): void {
    this.text += `XBULK ${size}${last ? " LAST" : ""}\r\n${"QUIT\r\n".repeat(size).slice(0, size)}`;
    if (this.refused || (!this.#offered && this.hello !== "HELO")) this.#say(503);
    else if (this.hello === "HELO") this.#say(503);
    else if (this.rcpts === 0 || this.bulk === "failed") this.#say(503);
    else {
      const refusal = this.bulk === "none" ? this.#ask("transfer", 0) : 0;
      if (refusal === 421) this.#say(421);
      else if (refusal === 0) this.#piece(size, last);
      else this.#ended(refusal, last);
    }
  }

  #piece(size: number, last: boolean): void {
    this.content += "QUIT\r\n".repeat(size).slice(0, size);
    if (this.content.length > LIMIT) this.#ended(552, last);
    else if (last) this.#finish(0);
    else {
      this.#say(250);
      this.bulk = "open";
    }
  }

  #ended(refusal: number, last: boolean): void {
    if (last) this.#finish(refusal);
    else {
      this.#say(refusal);
      this.bulk = "failed";
    }
  }

  #blob(size: number): void {
    this.text += `XBLOB ${size}\r\n${"\r\nQUIT".repeat(size).slice(0, size)}`;
    if (this.refused || this.hello === "" || this.hello === "HELO" || this.bulk !== "none") this.#say(503);
    else this.#say(size > 64 ? 552 : 250);
  }

  #talk(how: "good" | "cancel" | "long"): void {
    this.text += "XTALK me\r\n";
    if (this.refused || !this.#offered || this.mail || this.talked) {
      this.#say(503);
      return;
    }
    this.#say(334);
    this.text += how === "cancel" ? "*\r\n" : how === "long" ? `${"x".repeat(1200)}\r\n` : "one\r\n";
    if (how === "cancel") this.#say(501);
    else if (how === "long") this.#say(500);
    else {
      this.#say(334);
      this.text += "two\r\n";
      this.#say(235);
      this.talked = true;
    }
  }

  #line(text: string): void {
    this.text += `${text}\r\n`;
    const [verb = ""] = text.toUpperCase().split(" ");
    if (verb === "" || /[\n\0]/.test(text)) this.#say(500);
    else if (verb === "QUIT") this.#say(221);
    else if (verb === "GET") this.#say(421);
    else if (this.refused) this.#say(503);
    else if (verb === "NOOP") this.#say(250);
    else if (verb === "HELP") this.#say(214);
    else if (verb === "RSET") {
      this.#say(250);
      this.#forget();
    } else if (verb === "VRFY" || verb === "EXPN") this.#say(this.#ask("verify", verb === "VRFY" ? 252 : 502));
    else this.#say(500);
  }
}
