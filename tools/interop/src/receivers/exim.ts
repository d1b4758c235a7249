// Exim, with a configuration of its own, in the foreground: it takes everything from this machine, and sends it on to
// posthornd over STARTTLS, ending its side of the connection with the last command.
import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { freePort } from "../free-port.ts";
import { startDaemon } from "../daemon.ts";
import type { Peer } from "../peer.ts";
import { relayCases } from "../relay.ts";
import { versionOf } from "../sender.ts";

const configuration = (folder: string, onward: number): string => `
primary_hostname = exim.demo.example
spool_directory = ${folder}/spool
log_file_path = ${folder}/%slog
local_interfaces = 127.0.0.1
acl_smtp_rcpt = take
host_lookup =
rfc1413_query_timeout = 0s
tls_advertise_hosts =
smtputf8_advertise_hosts = *
chunking_advertise_hosts = *
message_size_limit = 50M
keep_environment =
begin acl
take:
  accept
begin routers
onward:
  driver = manualroute
  transport = out
  route_list = * 127.0.0.1
  self = send
begin transports
out:
  driver = smtp
  port = ${onward}
  allow_localhost
  hosts_require_tls = *
  tls_verify_certificates =
  hosts_try_chunking = *
`;

/** Exim. */
export const exim: Peer = {
  name: "Exim",
  program: "exim4",
  packages: ["exim4-daemon-light"],
  users: [{ name: "Debian-exim", id: 60_003 }],
  async open(bench, world) {
    const folder = join(world.folder, "exim");
    mkdirSync(join(folder, "spool"), { recursive: true });
    // Exim makes its files as its own user, whose number only its own world knows.
    for (const path of [folder, join(folder, "spool")]) chmodSync(path, 0o777);
    const file = join(folder, "exim.conf");
    writeFileSync(file, configuration(folder, bench.port("exchanger")), { mode: 0o644 });
    const port = await freePort();
    const close = await startDaemon(world, {
      file: "exim4",
      args: ["-C", file, "-bdf", "-oX", `127.0.0.1:${port}`, "-oP", join(folder, "pid")],
      port,
      log: join(folder, "mainlog"),
    });
    return {
      version: await versionOf(world, "exim4", ["-C", file, "-bV"]),
      cases: relayCases(bench, port, world.folder),
      close,
    };
  },
};
