// Postfix, with a configuration of its own, in the foreground: it takes everything from this machine, and sends it on
// to posthornd, over STARTTLS or by LMTP.
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Certificate, makeCertificate } from "../certificate.ts";
import { startDaemon } from "../daemon.ts";
import { freePort } from "../free-port.ts";
import type { Bench, Peer } from "../peer.ts";
import { lmtpSender, relayCases } from "../relay.ts";

const main = (folder: string, bench: Bench, { certificate, key }: Certificate): string => `
compatibility_level = 3.6
myhostname = postfix.demo.example
mydestination =
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
mynetworks = 127.0.0.0/8
relayhost = [127.0.0.1]:${bench.port("exchanger")}
sender_dependent_default_transport_maps = inline:{ { ${lmtpSender} = lmtp:[127.0.0.1]:${bench.port("lmtp")} } }
smtpd_tls_security_level = may
smtpd_tls_cert_file = ${certificate}
smtpd_tls_key_file = ${key}
smtp_dns_support_level = disabled
smtp_tls_security_level = encrypt
smtpd_relay_restrictions = permit_mynetworks, reject
smtpd_recipient_restrictions =
local_header_rewrite_clients =
local_recipient_maps =
alias_maps =
alias_database =
append_dot_mydomain = no
smtputf8_enable = yes
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
  "tlsmgr unix - - n 1000? 1 tlsmgr",
  "rewrite unix - - n - - trivial-rewrite",
  "bounce unix - - n - 0 bounce",
  "defer unix - - n - 0 bounce",
  "trace unix - - n - 0 bounce",
  "verify unix - - n - 1 verify",
  "flush unix n - n 1000? 0 flush",
  "proxymap unix - - n - - proxymap",
  "proxywrite unix - - n - 1 proxymap",
  "smtp unix - - n - - smtp",
  "relay unix - - n - - smtp",
  "lmtp unix - - n - - lmtp",
  "error unix - - n - - error",
  "retry unix - - n - - error",
  "discard unix - - n - - discard",
  "local unix - n n - - local",
  "anvil unix - - n - 1 anvil",
  "scache unix - - n - 1 scache",
  "postlog unix-dgram n - n - 1 postlogd",
];

/** Postfix. */
export const postfix: Peer = {
  name: "Postfix",
  program: "postfix",
  packages: ["postfix"],
  users: [
    { name: "postfix", id: 60_001 },
    { name: "postdrop", id: 60_002 },
  ],
  async open(bench, world) {
    const folder = join(world.folder, "postfix");
    for (const name of ["etc", "queue"]) mkdirSync(join(folder, name), { recursive: true });
    const port = await freePort();
    const certificate = await makeCertificate(join(folder, "tls"), "postfix.demo.example");
    writeFileSync(join(folder, "etc/main.cf"), main(folder, bench, certificate));
    const master = [`127.0.0.1:${port} inet n - n - - smtpd`, ...services, ""];
    writeFileSync(join(folder, "etc/master.cf"), master.join("\n"));
    const close = await startDaemon(world, {
      file: "postfix",
      args: ["-c", join(folder, "etc"), "start-fg"],
      port,
      log: join(folder, "log"),
      pidFile: join(folder, "queue/pid/master.pid"),
    });
    const said = await world.start("postconf", ["-c", join(folder, "etc"), "-h", "mail_version"], { limit: 10_000 })
      .ended;
    return {
      version: said.stdout.trim(),
      cases: relayCases(bench, { port, folder: world.folder, fingerprint: certificate.fingerprint, mechanisms: [] }),
      close,
    };
  },
};
