/**
 * All that posthornd was told, put together: flags win over the configuration, defaults fill in, files are absolute,
 * and what only shows when keys meet (a key without its certificate) is refused.
 */
import os from "node:os";
import path from "node:path";
import { ASCII, UTF8 } from "@posthorn/contract";
import type { Extension, Mailbox } from "@posthorn/contract";
import { STANDARD_KEYWORDS } from "@posthorn/esmtp";
import type { Store } from "@posthorn/sasl";
import type { Hooks, Listener } from "@posthorn/server";
import { isDomain, parseMailbox } from "@posthorn/wire";
import { parseAddress } from "./address.ts";
import { flagOf } from "./command-line.ts";
import type { CertificateFiles, ClientCertificates } from "./config.ts";
import { comparable } from "./domains.ts";
import { EXIT, Stop } from "./exit.ts";
import { loadConfig } from "./load-config.ts";
import { parseTemplate } from "./maildir/template.ts";
import type { Template } from "./maildir/template.ts";
import { AUTH_FAILURES, judge, RECEIVED_FIELDS } from "./schema.ts";
import type { Judged } from "./schema.ts";

/** The most octets of a message, if nothing else is said. */
const MAX_SIZE = 26_214_400;

/** A line that every server takes (RFC 5321 §4.5.3.1.6). */
const SHORTEST_LINE = 1000;

/** What posthornd does, decided. */
export interface Settings {
  readonly hostname: string;
  /** As they are compared; none: any. */
  readonly domains: readonly string[];
  readonly listeners: readonly Listener[];
  readonly maildir: Template | undefined;
  readonly create: boolean;
  readonly postmaster: Mailbox | undefined;
  readonly users: string | undefined;
  readonly store: Store<string> | undefined;
  readonly certificate: CertificateFiles | undefined;
  /** Certificates for other names, which are A-labels in lower case. */
  readonly tlsNames: Readonly<Record<string, CertificateFiles>>;
  readonly tlsClients: ClientCertificates | undefined;
  readonly selfSignedOut: string | undefined;
  readonly authInClear: boolean;
  readonly maxSize: number;
  /** The server's limits that were changed. */
  readonly limits: Readonly<Record<string, number>>;
  /** Received fields of a message, at most. */
  readonly received: number;
  /** The longest line of content, if there is a longest. */
  readonly maxLine: number | undefined;
  /** Refusals of AUTH on a connection. */
  readonly authFailures: number;
  /** Keywords of extensions that are left out. */
  readonly without: readonly string[];
  /** How many processes serve. */
  readonly workers: number;
  readonly log: "pretty" | "json" | "off" | undefined;
  readonly lineEndings: "strict" | "normalize";
  readonly earlyTalk: "serve" | "refuse";
  readonly exempt: ((address: string) => boolean) | undefined;
  readonly extensions: readonly Extension[];
  readonly hooks: Hooks;
}

/** Where a value came from: what its relative paths are relative to, and how its key is called in errors. */
interface Source {
  readonly config: Judged;
  readonly folder: string;
  readonly fail: (key: string, message: string) => Stop;
}

const flagSource = (flags: Readonly<Record<string, unknown>>): Source => {
  const fail = (key: string, message: string): Stop =>
    new Stop(EXIT.usage, `${flagOf(key)}: ${message} (see posthornd --help)`);
  const judged = judge(flags);
  if ("mistake" in judged) throw fail(judged.mistake.key, judged.mistake.message);
  return { config: judged.config, folder: process.cwd(), fail };
};

const fileSource = async (file: string): Promise<Source> => {
  const fail = (key: string, message: string): Stop =>
    new Stop(EXIT.config, `${file}: ${key === "" ? "" : `${key}: `}${message}`);
  const judged = judge(await loadConfig(file));
  if ("mistake" in judged) throw fail(judged.mistake.key, judged.mistake.message);
  return { config: judged.config, folder: path.dirname(path.resolve(file)), fail };
};

const LISTENERS = [
  ["listen", "exchanger", "starttls"],
  ["listenTls", "exchanger", "implicit"],
  ["listenLmtp", "lmtp", "starttls"],
  ["submission", "submission", "starttls"],
  ["submissions", "submission", "implicit"],
] as const;

/** Where to listen if nothing is said; a machine without IPv6 has no ::1. */
const defaultListen = (): readonly string[] => {
  const addresses = Object.values(os.networkInterfaces()).flatMap((each) => each ?? []);
  const v6 = addresses.some(({ address }) => address === "::1");
  return v6 ? ["127.0.0.1:2525", "[::1]:2525"] : ["127.0.0.1:2525"];
};

const isWithout = (keywords: readonly string[], keyword: string): boolean =>
  keywords.some((each) => each.toUpperCase() === keyword);

/** This machine's name, if it can be ours. */
const machineName = (): string => (isDomain(os.hostname(), ASCII) ? os.hostname() : "localhost");

/** A name that clients ask for in TLS, as they ask: A-labels in lower case. */
const asked = (name: string): string => {
  const [star, host] = name.startsWith("*.") ? ["*.", name.slice(2)] : ["", name];
  return `${star}${comparable(host) ?? host}`;
};

const workerCount = (given: number | "auto"): number =>
  given === "auto" || given === 0 ? os.availableParallelism() : given;

/** The settings of flags and a configuration file. @throws Stop 64 for a flag, 78 for the file */
export const settingsOf = async (
  flags: Readonly<Record<string, unknown>>,
  file: string | undefined,
): Promise<Settings> => {
  const given = flagSource(flags);
  const sources = file === undefined ? [given] : [given, await fileSource(file)];
  const sourceOf = (key: keyof Judged): Source => sources.find(({ config }) => config[key] !== undefined) ?? given;
  const get = <K extends keyof Judged>(key: K): Judged[K] => sourceOf(key).config[key];
  const fail = (key: keyof Judged, message: string): Stop => sourceOf(key).fail(key, message);
  const inFolder = (key: keyof Judged, name: string): string => path.resolve(sourceOf(key).folder, name);
  const place = (key: "users" | "tlsCert" | "tlsKey" | "tlsSelfSignedOut"): string | undefined => {
    const name = get(key);
    return name === undefined ? undefined : inFolder(key, name);
  };

  const without = get("without") ?? [];
  const extensions = get("extensions") ?? [];
  const known = [...STANDARD_KEYWORDS, ...extensions.map(({ keyword }) => keyword)];
  for (const keyword of without) {
    if (!isWithout(known, keyword.toUpperCase()))
      throw fail("without", `there is no extension ${JSON.stringify(keyword)}: there are ${known.join(", ")}`);
  }

  const cert = place("tlsCert");
  const key = place("tlsKey");
  if (cert === undefined && key !== undefined) throw fail("tlsKey", "a key needs its certificate, tlsCert");
  if (cert !== undefined && key === undefined) throw fail("tlsCert", "a certificate needs its key, tlsKey");
  const selfSignedOut = place("tlsSelfSignedOut");
  if (cert !== undefined && selfSignedOut !== undefined)
    throw fail("tlsSelfSignedOut", "no certificate is made where one is given, tlsCert");
  const tlsNames = Object.entries(get("tlsNames") ?? {}).map(([name, files]): [string, CertificateFiles] => [
    asked(name),
    { cert: inFolder("tlsNames", files.cert), key: inFolder("tlsNames", files.key) },
  ]);
  const clients = get("tlsClients");
  if (get("users") !== undefined && get("store") !== undefined)
    throw fail("store", "users come from a store or from a file, users");

  const listeners: Listener[] = [];
  const noStartTls = isWithout(without, "STARTTLS");
  const some = LISTENERS.some(([name]) => (get(name) ?? []).length > 0);
  for (const [name, role, tls] of LISTENERS) {
    const addresses = some || name !== "listen" ? (get(name) ?? []) : defaultListen();
    for (const address of addresses) {
      const at = parseAddress(address, sourceOf(name).folder);
      if (at !== undefined) listeners.push({ role, tls: tls === "starttls" && noStartTls ? "none" : tls, ...at });
    }
  }

  const maildir = get("maildir");
  const postmaster = get("postmaster");
  const allLimits = { ...sources[1]?.config.limits, ...given.config.limits };
  const { received = RECEIVED_FIELDS, line = 0, authFailures = AUTH_FAILURES, ...limits } = allLimits;
  if (line !== 0 && line < SHORTEST_LINE)
    throw fail("limits", `line: ${SHORTEST_LINE} octets or more, or 0 for any (RFC 5321 §4.5.3.1.6)`);
  return {
    hostname: get("hostname") ?? machineName(),
    domains: (get("domains") ?? []).map((domain) => comparable(domain) ?? domain),
    listeners,
    maildir: maildir === undefined ? undefined : parseTemplate(maildir, sourceOf("maildir").folder),
    create: get("create") ?? false,
    postmaster: postmaster === undefined ? undefined : parseMailbox(postmaster, UTF8),
    users: place("users"),
    store: get("store"),
    certificate: cert === undefined || key === undefined ? undefined : { cert, key },
    tlsNames: Object.fromEntries(tlsNames),
    tlsClients: clients === undefined ? undefined : { ...clients, ca: inFolder("tlsClients", clients.ca) },
    selfSignedOut,
    authInClear: get("authInClear") ?? false,
    maxSize: get("maxSize") ?? MAX_SIZE,
    limits,
    received,
    maxLine: line === 0 ? undefined : line,
    authFailures: authFailures === 0 ? Infinity : authFailures,
    without,
    workers: workerCount(get("workers") ?? 1),
    log: get("log"),
    lineEndings: get("lineEndings") ?? "strict",
    earlyTalk: get("earlyTalk") ?? "serve",
    exempt: get("exempt"),
    extensions,
    hooks: get("hooks") ?? {},
  };
};
