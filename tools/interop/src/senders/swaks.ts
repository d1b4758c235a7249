// swaks: the tester's tool. It takes a last line of one dot for the end of the content and doubles all others.
import { appendFileSync } from "node:fs";
import type { Peer } from "../peer.ts";
import { commandPeer } from "../sender.ts";
import type { World } from "../world.ts";

/** Whether it speaks TLS here: what it needs for that is a package of its own, which Debian only recommends. */
const hasTls = async (world: World): Promise<boolean> =>
  (await world.start("swaks", ["--support"], { limit: 10_000 }).ended).stdout.includes("TLS supported");

const sender = commandPeer(
  { name: "swaks", program: "swaks", packages: ["swaks", "libnet-ssleay-perl"], version: ["--version"] },
  ({ sample, way, bench, file, port }) => {
    appendFileSync(file, ".");
    const proof = ["--auth", "PLAIN", "--auth-user", bench.user, "--auth-password", bench.password];
    const args = [
      "--server",
      "127.0.0.1",
      "--port",
      String(port),
      "--helo",
      "client.demo.example",
      "--from",
      sample.from,
      "--to",
      sample.to.join(","),
      "--data",
      `@${file}`,
      "--silent",
      "2",
      ...(way === "submission" ? ["--tls"] : []),
      ...(way === "submissions" ? ["--tls-on-connect"] : []),
      ...(way === "exchanger" ? [] : proof),
    ];
    return { args };
  },
);

/** swaks. */
export const swaks: Peer = {
  ...sender,
  async open(bench, world) {
    if (await hasTls(world)) return sender.open(bench, world);
    throw new Error("it is here without TLS (Debian: libnet-ssleay-perl)");
  },
};
