// msmtp: a sendmail for one person, which takes lines that end in LF. It knows the server by its fingerprint, as posthorn does, and proves itself by SCRAM.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Peer } from "../peer.ts";
import { commandPeer, type Job } from "../sender.ts";

const configuration = ({ way, bench, port }: Job): string => {
  const secure = [
    `tls_starttls ${way === "submission" ? "on" : "off"}`,
    `tls_fingerprint ${bench.server.fingerprint}`,
    `auth ${way === "submission" ? "scram-sha-256" : "scram-sha-1"}`,
    `user ${bench.user}`,
    `password ${bench.password}`,
  ];
  return [
    "account default",
    "host 127.0.0.1",
    `port ${port}`,
    "domain client.demo.example",
    "set_from_header off",
    "set_date_header off",
    "set_msgid_header off",
    `tls ${way === "exchanger" ? "off" : "on"}`,
    ...(way === "exchanger" ? [] : secure),
    "",
  ].join("\n");
};

/** msmtp. */
export const msmtp: Peer = commandPeer(
  { name: "msmtp", program: "msmtp", packages: ["msmtp"], version: ["--version"] },
  (job) => {
    const file = join(job.world.folder, "msmtprc");
    writeFileSync(file, configuration(job), { mode: 0o600 });
    const { sample } = job;
    return {
      args: [`--file=${file}`, `--from=${sample.from}`, "--", ...sample.to],
      given: { input: sample.octets.filter((octet, at, all) => octet !== 0x0d || all[at + 1] !== 0x0a) },
    };
  },
);
