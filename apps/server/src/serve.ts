/**
 * Puts a server together out of settings, announces where it listens, and runs it until a signal ends it. What an
 * operator should know before the first message is said in the log: that there is no relay, no store, no privacy.
 */
import { setTimeout } from "node:timers/promises";
import { CompositionError, LocalProtocolError } from "@posthorn/contract";
import { createServer, ListenError, workerNumber } from "@posthorn/server";
import type { Observation, Server, ServerPart, TlsSource } from "@posthorn/server";
import { accountsOfFile, accountsOfStore, nobody } from "./accounts.ts";
import type { Accounts } from "./accounts.ts";
import { announcement } from "./announce.ts";
import { extensionsOf } from "./compose.ts";
import { EXIT, reasonOf, Stop, systemCode } from "./exit.ts";
import type { ExitCode } from "./exit.ts";
import type { Log } from "./log.ts";
import { nodeDisk } from "./maildir/disk.ts";
import { Mailboxes } from "./maildir/mailboxes.ts";
import { Recipients } from "./recipients.ts";
import { errorText, recordOf } from "./records.ts";
import type { Settings } from "./settings.ts";
import { untilStopped } from "./signals.ts";
import { hooksOf } from "./site-hooks.ts";
import { Storage } from "./storage.ts";
import { fingerprint, readCertificate, selfSigned, tlsSource, writeOut } from "./tls.ts";
import type { Certificate } from "./tls.ts";

/** How long what flows may take to finish, in milliseconds. */
export const GRACE = 30_000;

/** How long the end waits for what a site's hooks and the disk still do when the last connection is gone. */
const LAST = 3000;

const LISTEN_EXITS: ReadonlyMap<string, ExitCode> = new Map([
  ["EACCES", EXIT.noPermission],
  ["EPERM", EXIT.noPermission],
]);

const hasSubmission = ({ listeners }: Settings): boolean => listeners.some(({ role }) => role === "submission");

/** Says what an operator may not expect. */
export const warn = (settings: Settings, log: Log): void => {
  if (process.getuid?.() === 0) log.say("warn", "running-as-root", { advice: "run as a user of its own" });
  if (settings.domains.length === 0)
    log.say("warn", "any-domain", { advice: "mail for every domain is taken: give --domain" });
  if (settings.maildir === undefined)
    log.say("warn", "sink", { advice: "mail is thrown away: give --maildir to keep it" });
  if (hasSubmission(settings) && settings.users === undefined && settings.store === undefined)
    log.say("warn", "no-users", { advice: "nobody can authenticate, which submission requires: give --users" });
};

/** Who may authenticate; `keep` as in `accountsOfFile`. @throws Stop 78 */
export const accountsOf = async (settings: Settings, keep: boolean): Promise<Accounts | undefined> => {
  const { users, store } = settings;
  if (store !== undefined) return accountsOfStore(store);
  if (users !== undefined) return accountsOfFile(users, keep);
  return hasSubmission(settings) ? nobody() : undefined;
};

/** The certificate of settings, or one that is made for this run; `undefined` where nobody asks for TLS. @throws Stop */
export const certificateOf = async (settings: Settings, log: Log): Promise<Certificate | undefined> => {
  const { certificate, selfSignedOut, hostname, listeners } = settings;
  if (certificate !== undefined) return readCertificate(certificate);
  if (listeners.every(({ tls }) => tls === "none")) return undefined;
  const made = await selfSigned(hostname);
  if (selfSignedOut !== undefined) await writeOut(selfSignedOut, made);
  log.say("warn", "self-signed-certificate", { fingerprint: fingerprint(made.cert) });
  return made;
};

/** The Maildirs of settings, whose root is there now; `undefined` where mail is thrown away. @throws Stop 73, 77 */
export const mailboxesOf = async ({ maildir, create }: Settings): Promise<Mailboxes | undefined> => {
  if (maildir === undefined) return undefined;
  const mailboxes = new Mailboxes(maildir, create, nodeDisk);
  try {
    await mailboxes.prepare();
  } catch (error) {
    const denied = ["EACCES", "EPERM", "EROFS"].includes(systemCode(error) ?? "");
    throw new Stop(denied ? EXIT.noPermission : EXIT.cannotCreate, `maildir: ${reasonOf(error)}`);
  }
  return mailboxes;
};

const tell = (log: Log, event: Observation): void => {
  const record = recordOf(event);
  if (record !== undefined) log.write(record);
};

interface Parts {
  readonly accounts: Accounts | undefined;
  readonly tls: TlsSource | undefined;
  readonly mailboxes: Mailboxes | undefined;
  readonly announced: Promise<void>;
}

interface Made {
  readonly server: Server;
  readonly storage: Storage;
}

/** A server of settings; in a worker, `part` stands for what it does not decide by itself. @throws Stop 78 */
export const makeServer = (settings: Settings, parts: Parts, log: Log, part?: ServerPart): Made => {
  const { hostname, domains, postmaster, maxSize, received, exempt, maxLine } = settings;
  const { listeners, limits, lineEndings, earlyTalk } = settings;
  const { accounts, tls, mailboxes, announced } = parts;
  const recipients = new Recipients({ hostname, domains, postmaster, mailboxes });
  const failed = (session: string, error: unknown): void =>
    log.say("error", "not-stored", { session, error: errorText(error) });
  const storage = new Storage({ hostname, mailboxes, recipients, maxSize, received, failed });
  try {
    const server = createServer({
      hostname,
      extensions: extensionsOf(settings, accounts),
      hooks: hooksOf({ site: settings.hooks, recipients, storage, announced }),
      listeners,
      limits,
      lineEndings,
      earlyTalk,
      submissionInClear: settings.authInClear,
      ...(maxLine === undefined ? {} : { maxLine }),
      ...(tls === undefined ? {} : { tls }),
      ...(exempt === undefined ? {} : { exempt }),
      ...part,
      ...(log.heard ? { observe: (event: Observation) => tell(log, event) } : {}),
    });
    return { server, storage };
  } catch (error) {
    if (error instanceof CompositionError) throw new Stop(EXIT.config, `extensions: ${error.message}`);
    if (error instanceof LocalProtocolError) throw new Stop(EXIT.config, error.message);
    throw error;
  }
};

/** Why there is no server: an address that cannot be had, or what was thrown. */
export const cannotListen = (error: unknown): unknown =>
  error instanceof ListenError ? new Stop(LISTEN_EXITS.get(error.code) ?? EXIT.unavailable, error.message) : error;

/** Whether several processes serve, of which this may be one: then the configuration may say otherwise by now. */
export const isShared = ({ workers }: Settings): boolean => workers > 1 || workerNumber() !== undefined;

/** Whether all that settings name is there and fits together. Nothing is made, and nobody listens. @throws Stop */
export const check = async (settings: Settings, log: Log): Promise<void> => {
  const { certificate: files } = settings;
  const accounts = await accountsOf(settings, false);
  const own = files === undefined ? await selfSigned(settings.hostname) : await readCertificate(files);
  const tls = await tlsSource(own, settings);
  makeServer(settings, { accounts, tls, mailboxes: undefined, announced: Promise.resolve() }, log);
};

/** Runs a server until a signal ends it. @throws Stop */
export const serve = async (settings: Settings, log: Log): Promise<void> => {
  warn(settings, log);
  const accounts = await accountsOf(settings, true);
  const own = await certificateOf(settings, log);
  const tls = own === undefined ? undefined : await tlsSource(own, settings);
  const mailboxes = await mailboxesOf(settings);
  const announced = Promise.withResolvers<void>();
  const { server, storage } = makeServer(settings, { accounts, tls, mailboxes, announced: announced.promise }, log);
  try {
    const listening = await server.listen();
    process.stdout.write(listening.map(announcement).join(""));
  } catch (error) {
    throw cannotListen(error);
  }
  announced.resolve();

  const reload = async (): Promise<void> => {
    const { certificate: files } = settings;
    if (own !== undefined) {
      const read = files === undefined ? own : await readCertificate(files);
      server.replaceTls(await tlsSource(read, settings));
      log.say("info", "certificate", { fingerprint: fingerprint(read.cert) });
    }
    await accounts?.reload();
    log.say("info", "reloaded");
  };
  const close = async (grace: number): Promise<void> => {
    await server.close({ grace });
    await storage.settled();
  };
  const closed = (grace: number): Promise<void> => Promise.race([close(grace), setTimeout(grace + LAST)]);
  await untilStopped({
    async drain() {
      log.say("info", "stopping", { connections: server.connections });
      await closed(GRACE);
    },
    end: () => closed(0),
    reload: () => {
      reload().catch((error: unknown) => log.say("error", "not-reloaded", { error: errorText(error) }));
    },
  });
  log.say("info", "stopped");
};
