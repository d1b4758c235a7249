// Dovecot's LMTP service: posthorn sends into it, and it delivers into a Maildir of its own, with CRLF kept.
import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { MaildirReader } from "@posthorn/demo";
import { arrival } from "../arrival.ts";
import { type Certificate, makeCertificate } from "../certificate.ts";
import { startDaemon } from "../daemon.ts";
import { freePort } from "../free-port.ts";
import type { Peer } from "../peer.ts";
import { posthorn } from "../receiver.ts";
import { common, long, short } from "../samples.ts";
import { versionOf } from "../sender.ts";

const configuration = (folder: string, port: number, { certificate, key }: Certificate): string => `
protocols = lmtp
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
service lmtp {
  inet_listener lmtp {
    address = 127.0.0.1
    port = ${port}
  }
}
passdb {
  driver = static
  args = nopassword=y
}
userdb {
  driver = static
  args = uid=vmail gid=vmail home=${folder}/home/%n allow_all_users=yes
}
`;

/** Dovecot, by LMTP (RFC 2033). */
export const dovecot: Peer = {
  name: "Dovecot LMTP",
  program: "dovecot",
  packages: ["dovecot-lmtpd"],
  users: [
    { name: "dovecot", id: 60_004 },
    { name: "dovenull", id: 60_005 },
    { name: "vmail", id: 60_006 },
  ],
  async open(_bench, world) {
    const folder = join(world.folder, "dovecot");
    mkdirSync(join(folder, "mail"), { recursive: true });
    // Mail is kept as a user whose number only its own world knows.
    for (const path of [folder, join(folder, "mail")]) chmodSync(path, 0o777);
    const port = await freePort();
    const file = join(folder, "dovecot.conf");
    const certificate = await makeCertificate(join(folder, "tls"), "dovecot.demo.example");
    writeFileSync(file, configuration(folder, port, certificate));
    const clear = ["--lmtp", "--tls", "none"];
    const secure = ["--lmtp", "--tls", "required", "--verify", certificate.fingerprint];
    const close = await startDaemon(world, {
      file: "dovecot",
      args: ["-F", "-c", file],
      port,
      log: join(folder, "log"),
    });
    const reader = new MaildirReader(join(folder, "mail"));
    const cases = [
      { how: "posthorn --lmtp", samples: [...common, ...long], options: clear },
      { how: "the same by DATA", samples: short, options: [...clear, "--without", "CHUNKING"] },
      { how: "the same by STARTTLS", samples: short, options: secure },
    ].flatMap(({ how, samples, options }) =>
      samples.map((sample) => ({
        name: `${how}: ${sample.name}`,
        run: async () =>
          (await posthorn(sample, { port, folder: world.folder, options })) ?? (await arrival(reader, sample, 5000)),
      })),
    );
    return { version: await versionOf(world, "dovecot", ["--version"]), cases, close };
  },
};
