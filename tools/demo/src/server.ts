// posthornd as an operator would run it: users with verifiers made by `posthornd hash`, a certificate that it makes
// itself, a Maildir for each mailbox, ports that the system chooses. Ready when it has said so for each listener.
import { X509Certificate } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { startOurs } from "./children.ts";

/** A listener that is ready, as posthornd says it. */
export interface Ready {
  readonly protocol: string;
  readonly host: string;
  readonly port: number;
  readonly tls: string;
}

/** What is wanted of a server. */
export interface Wanted {
  /** A folder of its own, which exists. */
  readonly folder: string;
  /** The listeners: flags of posthornd, such as `--submission`. Each gets a free port on 127.0.0.1. */
  readonly listeners: readonly string[];
  readonly domains: readonly string[];
  /** Names and passwords. */
  readonly users?: Readonly<Record<string, string>>;
  /** More arguments. */
  readonly more?: readonly string[];
}

/** A server that runs. */
export interface Running {
  readonly ready: readonly Ready[];
  /** The folder that holds the Maildirs. */
  readonly mail: string;
  /** The certificate's SHA-256 fingerprint, as `--verify sha256:…` takes it. */
  readonly fingerprint: string;
  /** The certificate's file. */
  readonly certificate: string;
  /** What it has logged so far. */
  log(): string;
  /** Asks it to finish, and waits. Returns its exit code. */
  stop(): Promise<number | undefined>;
}

/** What the programs said that is not as it should be. */
export class DemoError extends Error {}

async function usersFile(file: string, users: Readonly<Record<string, string>>): Promise<string> {
  const entries = await Promise.all(
    Object.entries(users).map(async ([name, password]) => {
      const hash = await startOurs("posthornd", ["hash"], { input: `${password}\n`, limit: 20_000 }).ended;
      if (hash.code !== 0) throw new DemoError(`posthornd hash: ${hash.stderr.trim()}`);
      return `${name}:${hash.stdout.trim()}\n`;
    }),
  );
  writeFileSync(file, entries.join(""), { mode: 0o600 });
  return file;
}

const isReady = (value: unknown): value is Ready & { readonly event: string } =>
  typeof value === "object" && value !== null && "event" in value && value.event === "listening" && "port" in value;

const readyLine = (line: string): Ready | undefined => {
  if (!line.startsWith("{")) return undefined;
  const value: unknown = JSON.parse(line);
  return isReady(value) ? value : undefined;
};

/**
 * Starts posthornd and waits until it is ready, at most 20 seconds.
 * @throws DemoError with what it said, where it does not come up
 */
export async function startServer({ folder, listeners, domains, users, more = [] }: Wanted): Promise<Running> {
  const mail = join(folder, "mail");
  const certificate = join(folder, "certificate.pem");
  mkdirSync(mail, { mode: 0o700 });
  const args = [
    ...listeners.flatMap((flag) => [flag, "127.0.0.1:0"]),
    ...domains.flatMap((domain) => ["--domain", domain]),
    "--hostname",
    "mail.demo.example",
    "--maildir",
    join(mail, "%d", "%n"),
    "--create",
    "--log",
    "json",
    "--tls-self-signed-out",
    certificate,
    ...(users === undefined ? [] : ["--users", await usersFile(join(folder, "users"), users)]),
    ...more,
  ];
  const ready: Ready[] = [];
  let log = "";
  const up = Promise.withResolvers<void>();
  const child = startOurs("posthornd", args, {
    cwd: folder,
    onLine(line, from) {
      if (from === "stderr") log += `${line}\n`;
      const listening = from === "stdout" ? readyLine(line) : undefined;
      if (listening === undefined) return;
      ready.push(listening);
      if (ready.length === listeners.length) up.resolve();
    },
  });
  const down = child.ended.then(({ code }) => {
    throw new DemoError(`posthornd ended with ${code ?? "a signal"}: ${log.trim()}`);
  });
  // Later ends are `stop`'s to judge.
  down.catch(() => undefined);
  const timer = setTimeout(() => up.reject(new DemoError(`posthornd is not ready after 20 s: ${log.trim()}`)), 20_000);
  try {
    await Promise.race([up.promise, down]);
  } catch (error) {
    child.stop("SIGKILL");
    throw error;
  } finally {
    clearTimeout(timer);
  }
  const pem = existsSync(certificate) ? new X509Certificate(readFileSync(certificate)) : undefined;
  return {
    ready,
    mail,
    certificate,
    fingerprint: pem?.fingerprint256 ?? "",
    log: () => log,
    async stop() {
      child.stop();
      const late = setTimeout(() => child.stop("SIGKILL"), 10_000);
      const { code } = await child.ended;
      clearTimeout(late);
      return code;
    },
  };
}
