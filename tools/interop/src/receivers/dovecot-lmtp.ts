// Dovecot's LMTP service: posthorn sends into it, and it delivers into a Maildir of its own, with CRLF kept.
import { join } from "node:path";
import { MaildirReader } from "@posthorn/demo";
import { arrival } from "../arrival.ts";
import type { Peer } from "../peer.ts";
import { posthorn } from "../receiver.ts";
import { common, long, short } from "../samples.ts";
import { startDovecot, users } from "./dovecot.ts";

const service = (_folder: string, port: number): string => `
protocols = lmtp
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
`;

/** Dovecot, by LMTP (RFC 2033). */
export const dovecotLmtp: Peer = {
  name: "Dovecot LMTP",
  program: "dovecot",
  packages: ["dovecot-lmtpd"],
  users,
  async open(_bench, world) {
    const dovecot = await startDovecot(world, service);
    const { port, folder, fingerprint, version } = dovecot;
    const reader = new MaildirReader(join(folder, "mail"));
    const clear = ["--lmtp", "--tls", "none"];
    const secure = ["--lmtp", "--tls", "required", "--verify", fingerprint];
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
    return { version, cases, close: () => dovecot.close() };
  },
};
