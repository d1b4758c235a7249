// Exim, with a configuration of its own, in the foreground: it takes everything from this machine, and sends it on to
// posthornd, over STARTTLS or by LMTP, ending its side of the connection with the last command.
import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Certificate, makeCertificate } from "../certificate.ts";
import { startDaemon } from "../daemon.ts";
import { freePort } from "../free-port.ts";
import type { Bench, Peer } from "../peer.ts";
import { lmtpSender, relayCases } from "../relay.ts";
import { versionOf } from "../sender.ts";

const configuration = (folder: string, bench: Bench, { certificate, key }: Certificate): string => `
primary_hostname = exim.demo.example
spool_directory = ${folder}/spool
log_file_path = ${folder}/%slog
local_interfaces = 127.0.0.1
acl_smtp_rcpt = take
host_lookup =
rfc1413_query_timeout = 0s
tls_advertise_hosts = *
tls_certificate = ${certificate}
tls_privatekey = ${key}
auth_advertise_hosts = \${if def:tls_in_cipher {*}}
smtputf8_advertise_hosts = *
chunking_advertise_hosts = *
message_size_limit = 50M
keep_environment =
begin acl
take:
  accept
begin routers
local:
  driver = manualroute
  transport = lmtp
  condition = \${if eq{$sender_address}{${lmtpSender}}}
  route_list = * 127.0.0.1
  self = send
onward:
  driver = manualroute
  transport = out
  route_list = * 127.0.0.1
  self = send
begin transports
out:
  driver = smtp
  port = ${bench.port("exchanger")}
  allow_localhost
  hosts_require_tls = *
  tls_verify_certificates =
  hosts_try_chunking = *
lmtp:
  driver = smtp
  protocol = lmtp
  port = ${bench.port("lmtp")}
  allow_localhost
begin authenticators
plain:
  driver = plaintext
  public_name = PLAIN
  server_prompts = :
  server_condition = \${if and{{eq{$auth2}{${bench.user}}}{eq{$auth3}{${bench.password}}}}}
  server_set_id = $auth2
login:
  driver = plaintext
  public_name = LOGIN
  server_prompts = Username:: : Password::
  server_condition = \${if and{{eq{$auth1}{${bench.user}}}{eq{$auth2}{${bench.password}}}}}
  server_set_id = $auth1
cram:
  driver = cram_md5
  public_name = CRAM-MD5
  server_secret = \${if eq{$auth1}{${bench.user}}{${bench.password}}fail}
  server_set_id = $auth1
`;

const mechanisms: readonly string[] = ["PLAIN", "LOGIN", "CRAM-MD5"];

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
    const certificate = await makeCertificate(join(folder, "tls"), "exim.demo.example");
    writeFileSync(file, configuration(folder, bench, certificate), { mode: 0o644 });
    const port = await freePort();
    const close = await startDaemon(world, {
      file: "exim4",
      args: ["-C", file, "-bdf", "-oX", `127.0.0.1:${port}`, "-oP", join(folder, "pid")],
      port,
      log: join(folder, "mainlog"),
    });
    return {
      version: await versionOf(world, "exim4", ["-C", file, "-bV"]),
      cases: relayCases(bench, { port, folder: world.folder, fingerprint: certificate.fingerprint, mechanisms }),
      close,
    };
  },
};
