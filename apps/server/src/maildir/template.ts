/**
 * The folder of a mailbox, from the operator's `--maildir`: `%d` stands for the domain, `%n` for the local part, `%u`
 * for the address, `%%` for a per cent sign, as in Dovecot. What they stand for is a peer's text, so it is encoded:
 * letters, digits and `_ + = ~ - .` stay, a leading dot and all else become `%XX`. So no name holds a slash or a NUL, is
 * `.` or `..`, leaves its component of the path, or can be written in two ways (A22).
 */
import path from "node:path";
import type { Mailbox } from "@posthorn/contract";
import { comparable } from "../domains.ts";

/** Octets of one component of a path, in the file systems there are. */
const COMPONENT_OCTETS = 255;

const VARIABLE = /%(.?)/gs;

/** Where mailboxes are. */
export interface Template {
  /** The folder that all mailboxes are in, absolute; without variables, the one Maildir. */
  readonly root: string;
  /** Whether there is one Maildir for all. */
  readonly fixed: boolean;
  /** The components below `root` of a mailbox; `undefined` where it can have no folder. */
  readonly place: (mailbox: Mailbox) => readonly string[] | undefined;
}

const percent = (text: string): string =>
  [...Buffer.from(text, "utf8")].map((octet) => `%${octet.toString(16).toUpperCase().padStart(2, "0")}`).join("");

/** A peer's text as a part of a file name. */
const encode = (text: string): string => text.replace(/[^\p{L}\p{M}\p{N}_+=~.-]/gu, percent).replace(/^\./, "%2E");

const valueOf = (variable: string, { local, domain }: Mailbox): string | undefined => {
  const host = comparable(domain);
  if (host === undefined || !local.isWellFormed()) return undefined;
  if (variable === "d") return encode(host);
  if (variable === "n") return encode(local);
  return variable === "u" ? `${encode(local)}@${encode(host)}` : "%";
};

const fill = (component: string, mailbox: Mailbox): string | undefined => {
  let empty = false;
  const name = component.replace(VARIABLE, (_all, variable: string) => {
    const value = valueOf(variable, mailbox);
    if (value === undefined || value === "") empty = true;
    return value ?? "";
  });
  if (empty || name === "." || name === ".." || Buffer.byteLength(name) > COMPONENT_OCTETS) return undefined;
  return name;
};

/** The first variable of a template that there is not, as it was written; `undefined` where all are known. */
export const unknownVariable = (template: string): string | undefined => {
  for (const [all, variable = ""] of template.matchAll(VARIABLE)) {
    if (!["d", "n", "u", "%"].includes(variable)) return all;
  }
  return undefined;
};

/**
 * Reads a template; `unknownVariable` has been asked before. Relative to `from`.
 *
 * @example
 * parseTemplate("/var/mail/%d/%n", "/").place({ local: "a/b", domain: "Example.org" }); // ["example.org", "a%2Fb"]
 */
export const parseTemplate = (template: string, from: string): Template => {
  const whole = path.resolve(from, template);
  const components = whole.split(path.sep);
  const isVariable = (component: string): boolean => component.includes("%");
  const first = components.findIndex(isVariable);
  if (first < 0) return { root: whole, fixed: true, place: () => [] };
  const below = components.slice(first);
  const root = components.slice(0, first).join(path.sep) || path.sep;
  if (!/%[dnu]/.test(whole.replaceAll("%%", ""))) {
    return { root: whole.replaceAll("%%", "%"), fixed: true, place: () => [] };
  }
  return {
    root,
    fixed: false,
    place(mailbox) {
      const names: string[] = [];
      for (const component of below) {
        const name = fill(component, mailbox);
        if (name === undefined) return undefined;
        names.push(name);
      }
      return names;
    },
  };
};
