// Dovecot's submission service: it wants AUTH, by mechanisms of its own making, SCRAM among them, and hands what it gets
// to posthornd while posthorn waits.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { arrival } from "../arrival.ts";
import type { Bench, Peer } from "../peer.ts";
import { posthorn } from "../receiver.ts";
import { common, short } from "../samples.ts";
import { startDovecot, users } from "./dovecot.ts";

// Dovecot tells the next hop who has proved himself, by AUTH= (RFC 4954 §5), which takes a mailbox: so names are such.
const nameOf = (bench: Bench): string => `${bench.user}@demo.example`;

const service = (bench: Bench, folder: string, port: number): string => {
  writeFileSync(join(folder, "users"), `${nameOf(bench)}:{PLAIN}${bench.password}\n`, { mode: 0o644 });
  return `
protocols = submission
service submission-login {
  inet_listener submission {
    address = 127.0.0.1
    port = ${port}
  }
}
hostname = dovecot.demo.example
submission_relay_host = 127.0.0.1
submission_relay_port = ${bench.port("exchanger")}
submission_relay_ssl = starttls
submission_relay_ssl_verify = no
auth_mechanisms = plain login cram-md5 scram-sha-1 scram-sha-256
passdb {
  driver = passwd-file
  args = scheme=PLAIN ${folder}/users
}
`;
};

const others = ["PLAIN", "LOGIN", "CRAM-MD5", "SCRAM-SHA-1"];

/** Dovecot, by its submission service. */
export const dovecotSubmission: Peer = {
  name: "Dovecot submission",
  program: "dovecot",
  packages: ["dovecot-submissiond"],
  users,
  async open(bench, world) {
    const dovecot = await startDovecot(world, (folder, port) => service(bench, folder, port));
    const { port, fingerprint, version } = dovecot;
    const secure = ["--tls", "required", "--verify", fingerprint, "--user", nameOf(bench)];
    const env = { POSTHORN_PASSWORD: bench.password };
    const cases = [
      { mechanism: "SCRAM-SHA-256", samples: common },
      ...others.map((mechanism) => ({ mechanism, samples: short })),
    ].flatMap(({ mechanism, samples }) =>
      samples.map((sample) => ({
        name: `AUTH ${mechanism}, and from it: ${sample.name}`,
        run: async () =>
          (await posthorn(sample, { port, folder: world.folder, options: [...secure, "--auth", mechanism], env })) ??
          (await arrival(bench.reader, sample, 5000)),
      })),
    );
    return { version, cases, close: () => dovecot.close() };
  },
};
