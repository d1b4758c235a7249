/** What the keys of the configuration may hold, for a program that was not type checked. */
import { ASCII, UTF8 } from "@posthorn/contract";
import type { Extension } from "@posthorn/contract";
import type { Store } from "@posthorn/sasl";
import { defaultLimits } from "@posthorn/server";
import type { Hooks } from "@posthorn/server";
import { heloArgument, isDomain, mailbox } from "@posthorn/wire";
import * as v from "valibot";
import { ADDRESS_FORM, parseAddress } from "./address.ts";
import type { Config } from "./config.ts";
import { comparable } from "./domains.ts";
import { unknownVariable } from "./maildir/template.ts";

/** Received fields of a message, if nothing else is said: RFC 5321 §6.3 wants 100 at least. */
export const RECEIVED_FIELDS = 100;

/** Refusals of AUTH on a connection, if nothing else is said (security: A6). */
export const AUTH_FAILURES = 3;

/** The names of all limits. */
export const LIMIT_NAMES: readonly string[] = [...Object.keys(defaultLimits), "received", "line", "authFailures"];

/** What there is no such thing as a hook beside. */
const HOOK_NAMES = ["connection", "hello", "mail", "recipient", "verify", "content", "message", "closed"];

const isHostname = (text: string): boolean => {
  const read = heloArgument.decode(text, ASCII);
  return read.ok && read.value.kind !== "opaque";
};

const isObject = (value: unknown): value is object => typeof value === "object" && value !== null;
const isExtension = (value: unknown): value is Extension =>
  isObject(value) && "keyword" in value && typeof value.keyword === "string" && "spec" in value && isObject(value.spec);
const isStore = (value: unknown): value is Store<string> =>
  isObject(value) &&
  (typeof Reflect.get(value, "verify") === "function" || typeof Reflect.get(value, "lookup") === "function");
const unknownHook = (value: object): string | undefined =>
  Object.keys(value).find((name) => !HOOK_NAMES.includes(name));

const boolean = v.boolean("true or false");
const file = v.pipe(v.string("the name of a file"), v.nonEmpty("the name of a file"));
const listeners = v.array(
  v.pipe(
    v.string(ADDRESS_FORM),
    v.check((text) => parseAddress(text, "/") !== undefined, ADDRESS_FORM),
  ),
  "a list of addresses to listen on",
);
const domain = v.pipe(
  v.string("a domain"),
  v.check((text) => isDomain(text, UTF8) && comparable(text) !== undefined, "a domain, such as example.org"),
);

/** A name to ask for in TLS: `*.` stands for one label. */
const serverName = v.pipe(
  v.string("a domain"),
  v.check((text) => isDomain(text.replace(/^\*\./, ""), UTF8), "a domain, such as mx.example.org or *.example.org"),
);

/** More processes than any machine is asked for by intent. */
const MOST_WORKERS = 256;
const isWorkers = (value: unknown): value is number | "auto" =>
  value === "auto" || (typeof value === "number" && Number.isInteger(value) && value >= 0 && value <= MOST_WORKERS);

const limit = v.pipe(v.number("a number, 0 or more"), v.minValue(0, "a number, 0 or more"));

const schema = v.strictObject(
  {
    hostname: v.optional(
      v.pipe(v.string("a domain or an address literal"), v.check(isHostname, "a domain or an address literal")),
    ),
    domains: v.optional(v.array(domain, "a list of domains")),
    listen: v.optional(listeners),
    listenTls: v.optional(listeners),
    listenLmtp: v.optional(listeners),
    submission: v.optional(listeners),
    submissions: v.optional(listeners),
    maildir: v.optional(
      v.pipe(
        file,
        v.check((text) => unknownVariable(text) === undefined, "a folder; of variables there are %d, %n, %u and %%"),
      ),
    ),
    create: v.optional(boolean),
    postmaster: v.optional(
      v.pipe(
        v.string("a mailbox"),
        v.check((text) => mailbox.decode(text, UTF8).ok, "a mailbox, such as admin@example.org"),
      ),
    ),
    users: v.optional(file),
    store: v.optional(v.custom<Store<string>>(isStore, "an object with verify or lookup")),
    tlsCert: v.optional(file),
    tlsKey: v.optional(file),
    tlsNames: v.optional(
      v.record(serverName, v.strictObject({ cert: file, key: file }, "{ cert, key }"), "an object of { cert, key }"),
    ),
    tlsClients: v.optional(v.strictObject({ ca: file, require: v.optional(boolean) }, "{ ca, require }")),
    tlsSelfSignedOut: v.optional(file),
    authInClear: v.optional(boolean),
    maxSize: v.optional(
      v.pipe(
        v.number("a number of octets"),
        v.safeInteger("a whole number of octets"),
        v.minValue(0, "a number of octets, 0 for any"),
      ),
    ),
    limits: v.optional(v.record(v.picklist(LIMIT_NAMES), limit, "an object of limits")),
    without: v.optional(v.array(v.string("a keyword"), "a list of keywords")),
    workers: v.optional(v.custom<number | "auto">(isWorkers, `a number of processes, 1 to ${MOST_WORKERS}, or auto`)),
    log: v.optional(v.picklist(["pretty", "json", "off"], "pretty, json or off")),
    lineEndings: v.optional(v.picklist(["strict", "normalize"], "strict or normalize")),
    earlyTalk: v.optional(v.picklist(["serve", "refuse"], "serve or refuse")),
    exempt: v.optional(
      v.custom<(address: string) => boolean>((value) => typeof value === "function", "a function of an address"),
    ),
    extensions: v.optional(
      v.array(v.custom<Extension>(isExtension, "an extension, made by defineExtension"), "a list of extensions"),
    ),
    hooks: v.optional(
      v.pipe(
        v.custom<Hooks>(isObject, "an object of hooks"),
        v.check((hooks) => unknownHook(hooks) === undefined, `no hooks but ${HOOK_NAMES.join(", ")}`),
      ),
    ),
  },
  "an object, as defineConfig takes it",
);

type Loose = Omit<Config, "hooks" | "limits"> & {
  readonly hooks: Hooks;
  readonly limits: Readonly<Record<string, number>>;
};

/** A configuration whose values are what its keys may hold; hooks know all extensions only as such. */
export type Judged = { readonly [K in keyof Loose]?: Loose[K] | undefined };

/** A mistake: where it is, as `limits.total` or `listen.0`, and what would be right. */
export interface Mistake {
  readonly key: string;
  readonly message: string;
}

/** Judges a configuration: what it holds, or its first mistake. */
export const judge = (given: unknown): { readonly config: Judged } | { readonly mistake: Mistake } => {
  const result = v.safeParse(schema, given);
  if (result.success) return { config: result.output };
  const [issue] = result.issues;
  const key = v.getDotPath(issue) ?? "";
  return { mistake: { key, message: nameless(key) ?? `expected ${issue.message}` } };
};

const has = (names: readonly string[], name: string): boolean => names.includes(name);

/** What is to be said of a key that there is not. */
const nameless = (key: string): string | undefined => {
  const [first = "", second] = key.split(".", 2);
  const keys = Object.keys(schema.entries);
  if (key !== "" && !has(keys, first)) return `there is no such key: the keys are ${keys.join(", ")}`;
  if (first !== "limits" || second === undefined || has(LIMIT_NAMES, second)) return undefined;
  return `there is no such limit: the limits are ${LIMIT_NAMES.join(", ")}`;
};
