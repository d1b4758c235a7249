// Servers of others that take mail and throw it away: go-smtp, aiosmtpd, Postfix's smtp-sink. Used where they are.
import { existsSync, mkdirSync } from "node:fs";
import { once } from "node:events";
import { join } from "node:path";
import process from "node:process";
import { cache, sources } from "../places.ts";
import { launch, run } from "../processes.ts";
import { type External, freePort, greets, guarded, installed } from "./external.ts";

/** A server that may be there. */
export interface Peer {
  readonly name: string;
  /** How it starts; a sentence that says why it is not there. */
  start(): Promise<External | string>;
  /** What it calls its version. */
  version(): Promise<string>;
}

const folder = join(sources, "../peers");

/** Starts a program; its port is the first that it prints, if it is not known. */
async function begin(file: string, args: readonly string[], given?: number, user?: string): Promise<External> {
  const [program, ...rest] = guarded(file, args, user);
  const child = launch(program, rest, { stdio: ["ignore", "pipe", "ignore"] });
  const gone = once(child, "exit");
  let port = given;
  if (port === undefined && child.stdout !== null) {
    const [said] = await once(child.stdout, "data", { signal: AbortSignal.timeout(10_000) });
    port = Number.parseInt(String(said), 10);
  }
  await greets(port ?? 0);
  return {
    pid: child.pid ?? 0,
    port: port ?? 0,
    async stop() {
      child.kill("SIGKILL");
      await gone;
    },
  };
}

const goEnvironment = { ...process.env, GOPATH: "/usr/share/gocode", GO111MODULE: "off" };
const goPackage = "/usr/share/gocode/src/github.com/emersion/go-smtp";

const goSmtp: Peer = {
  name: "go-smtp",
  async start() {
    const go = installed("go");
    if (go === undefined) return "no Go here";
    if (!existsSync(goPackage)) return "golang-github-emersion-go-smtp-dev is not installed";
    mkdirSync(cache, { recursive: true });
    const file = join(cache, "go-smtp");
    const made = await run(go, ["build", "-o", file, join(folder, "go-smtp.go")], 120, { env: goEnvironment });
    return made.code === 0 ? begin(file, []) : (made.stderr.trim().split("\n").at(-1) ?? "it cannot be built");
  },
  async version() {
    const asked = ["-W", "-f", "${Version}", "golang-github-emersion-go-smtp-dev"];
    const { stdout } = await run("dpkg-query", asked, 10);
    return stdout.trim();
  },
};

/** Debian's Python before any other: its packages are Debian's. */
const python = (): string | undefined => (existsSync("/usr/bin/python3") ? "/usr/bin/python3" : installed("python3"));

const aiosmtpd: Peer = {
  name: "aiosmtpd",
  async start() {
    const file = python();
    if (file === undefined) return "no Python here";
    const found = await run(file, ["-c", "import aiosmtpd"], 10);
    return found.code === 0 ? begin(file, [join(folder, "aiosmtpd_sink.py")]) : "python3-aiosmtpd is not installed";
  },
  async version() {
    const { stdout } = await run(python() ?? "", ["-c", "import aiosmtpd; print(aiosmtpd.__version__)"], 10);
    return stdout.trim();
  },
};

const smtpSink: Peer = {
  name: "smtp-sink",
  async start() {
    const file = installed("smtp-sink");
    if (file === undefined) return "Postfix is not installed";
    const port = await freePort();
    // It does not run as root.
    const user = process.getuid?.() === 0 ? "postfix" : undefined;
    return begin(file, [`127.0.0.1:${port}`, "1024"], port, user);
  },
  async version() {
    const file = installed("postconf");
    return file === undefined ? "" : (await run(file, ["-d", "-h", "mail_version"], 10)).stdout.trim();
  },
};

/** The servers of others. */
export const sinks: readonly Peer[] = [goSmtp, aiosmtpd, smtpSink];
