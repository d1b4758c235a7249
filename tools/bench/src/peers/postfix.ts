// Postfix with a configuration and a queue of its own: smtpd and cleanup take mail, sync it, and hold it. Nothing is
// delivered, which would cost it as much again. Its master wants to be root.
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { once } from "node:events";
import { join } from "node:path";
import process from "node:process";
import { launch, run } from "../processes.ts";
import { type External, freePort, greets, guarded, installed } from "./external.ts";

const main = (folder: string): string => `
compatibility_level = 3.6
myhostname = postfix.bench.example
mydestination = bench.example
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
mynetworks = 127.0.0.0/8
smtpd_client_restrictions = check_client_access static:hold
smtpd_client_connection_count_limit = 0
smtpd_client_connection_rate_limit = 0
smtpd_relay_restrictions = permit_mynetworks, reject
local_recipient_maps =
alias_maps =
alias_database =
message_size_limit = 52428800
queue_directory = ${folder}/queue
data_directory = ${folder}/data
mail_owner = postfix
setgid_group = postdrop
maillog_file = ${folder}/log
maillog_file_prefixes = ${folder}
`;

const services = [
  "pickup unix n - n 60 1 pickup",
  "cleanup unix n - n - 0 cleanup",
  "qmgr unix n - n 300 1 qmgr",
  "rewrite unix - - n - - trivial-rewrite",
  "bounce unix - - n - 0 bounce",
  "defer unix - - n - 0 bounce",
  "trace unix - - n - 0 bounce",
  "flush unix n - n 1000? 0 flush",
  "proxymap unix - - n - - proxymap",
  "local unix - n n - - local",
  "anvil unix - - n - 1 anvil",
  "postlog unix-dgram n - n - 1 postlogd",
];

/** Starts it in a folder; or says why not. @throws Error where it does not come up */
export async function startPostfix(folder: string): Promise<External | string> {
  const file = installed("postfix");
  if (file === undefined) return "Postfix is not installed";
  if (process.getuid?.() !== 0) return "Postfix runs as root only";
  for (const name of ["etc", "queue", "data"]) mkdirSync(join(folder, name), { recursive: true });
  const port = await freePort();
  writeFileSync(join(folder, "etc/main.cf"), main(folder));
  writeFileSync(join(folder, "etc/master.cf"), `127.0.0.1:${port} inet n - n - - smtpd\n${services.join("\n")}\n`);
  await run("chown", ["postfix", join(folder, "data")], 10);
  const [program, ...args] = guarded(file, ["-c", join(folder, "etc"), "start-fg"]);
  const child = launch(program, args, { stdio: "ignore" });
  const gone = once(child, "exit");
  await greets(port);
  const pid = Number(readFileSync(join(folder, "queue/pid/master.pid"), "utf8").trim());
  return {
    pid,
    port,
    async stop() {
      process.kill(pid);
      const late = setTimeout(() => child.kill("SIGKILL"), 5000);
      await gone;
      clearTimeout(late);
    },
  };
}
