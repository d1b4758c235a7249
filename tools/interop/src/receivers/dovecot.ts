// What Dovecot's services have in common: folders of their own, TLS, and users that only their world knows.
import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Certificate, makeCertificate } from "../certificate.ts";
import { startDaemon } from "../daemon.ts";
import { freePort } from "../free-port.ts";
import { versionOf } from "../sender.ts";
import type { User, World } from "../world.ts";

/** The users that Dovecot insists on. */
export const users: readonly User[] = [
  { name: "dovecot", id: 60_004 },
  { name: "dovenull", id: 60_005 },
];

/** A service that runs. */
export interface Service {
  readonly port: number;
  readonly folder: string;
  /** As `--verify` of posthorn takes it. */
  readonly fingerprint: string;
  readonly version: string;
  close(): Promise<void>;
}

const base = (folder: string, { certificate, key }: Certificate): string => `
base_dir = ${folder}/run
state_dir = ${folder}/state
log_path = ${folder}/log
ssl = yes
ssl_cert = <${certificate}
ssl_key = <${key}
default_internal_user = dovecot
default_internal_group = dovecot
default_login_user = dovenull
mail_location = maildir:${folder}/mail/%n
mail_save_crlf = yes
mailbox_list_index = no
userdb {
  driver = static
  args = uid=nobody gid=nogroup home=${folder}/home/%n allow_all_users=yes
}
`;

/**
 * Starts Dovecot with the configuration of one service, which is given the service's folder and port.
 * @throws Error where it does not come up
 */
export async function startDovecot(world: World, service: (folder: string, port: number) => string): Promise<Service> {
  const folder = join(world.folder, "dovecot");
  mkdirSync(join(folder, "mail"), { recursive: true });
  // Mail is kept as nobody, in a folder that is ours.
  for (const path of [folder, join(folder, "mail")]) chmodSync(path, 0o777);
  const port = await freePort();
  const certificate = await makeCertificate(join(folder, "tls"), "dovecot.demo.example");
  const file = join(folder, "dovecot.conf");
  writeFileSync(file, base(folder, certificate) + service(folder, port));
  const order = { file: "dovecot", args: ["-F", "-c", file], port, log: join(folder, "log") };
  const close = await startDaemon(world, order);
  const version = await versionOf(world, "dovecot", ["--version"]);
  return { port, folder, fingerprint: certificate.fingerprint, version, close };
}
