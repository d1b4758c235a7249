// curl: waits for each reply, announces a SIZE that it counted before line endings, verifies the certificate by name.
import type { Peer } from "../peer.ts";
import { commandPeer } from "../sender.ts";

/** curl, by its SMTP handler. */
export const curl: Peer = commandPeer(
  { name: "curl", program: "curl", packages: ["curl"], version: ["--version"] },
  ({ sample, way, bench, file, port }) => {
    const host = "mail.demo.example";
    const scheme = way === "submissions" ? "smtps" : "smtp";
    const secure = ["--ssl-reqd", "--cacert", bench.server.certificate, "--user", `${bench.user}:${bench.password}`];
    return {
      args: [
        "--silent",
        "--show-error",
        "--noproxy",
        "*",
        "--resolve",
        `${host}:${port}:127.0.0.1`,
        "--url",
        `${scheme}://${host}:${port}/client.demo.example`,
        "--mail-from",
        sample.from,
        ...sample.to.flatMap((to) => ["--mail-rcpt", to]),
        "--upload-file",
        file,
        ...(way === "exchanger" ? [] : secure),
      ],
    };
  },
);
