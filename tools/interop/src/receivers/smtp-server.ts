// smtp-server, of npm's: posthorn sends into it, over STARTTLS and AUTH too. It is in this process, and keeps what came.
import { once } from "node:events";
import { SMTPServer } from "smtp-server";
import { difference } from "@posthorn/demo";
import type { Case, Peer } from "../peer.ts";
import { posthorn } from "../receiver.ts";
import { common, international, long, short } from "../samples.ts";

/** smtp-server. */
export const smtpServer: Peer = {
  name: "smtp-server",
  async open(bench, world) {
    const { default: about } = await import("smtp-server/package.json", { with: { type: "json" } });
    let held: Uint8Array = new Uint8Array();
    const server = new SMTPServer({
      authOptional: true,
      disableReverseLookup: true,
      authMethods: ["PLAIN", "LOGIN"],
      logger: false,
      onAuth({ username, password }, _session, done) {
        const proved = username === bench.user && password === bench.password;
        done(proved ? null : new Error("Authentication failed"), proved ? { user: username } : undefined);
      },
      onData(stream, _session, done) {
        const pieces: Buffer[] = [];
        stream.on("data", (piece: Buffer) => pieces.push(piece));
        stream.on("end", () => {
          held = Buffer.concat(pieces);
          done();
        });
      },
    });
    // A connection that is cut is its client's matter.
    server.on("error", () => undefined);
    const listening = server.listen(0, "127.0.0.1");
    await once(listening, "listening");
    const address = listening.address();
    const port = typeof address === "object" && address !== null ? address.port : 0;
    const cases: Case[] = [
      { how: "posthorn to it", samples: [...common, ...long, ...international], options: ["--tls", "none"] },
      {
        how: "STARTTLS, AUTH PLAIN",
        samples: short,
        options: ["--tls", "required", "--verify", "off", "--auth", "PLAIN", "--user", bench.user],
      },
    ].flatMap(({ how, samples, options }) =>
      samples.map((sample) => ({
        name: `${how}: ${sample.name}`,
        async run() {
          held = new Uint8Array();
          const env = { POSTHORN_PASSWORD: bench.password };
          const fault = await posthorn(sample, { port, folder: world.folder, options, env });
          return fault ?? difference(sample.octets, held)?.text;
        },
      })),
    );
    return {
      version: about.version,
      cases,
      async close() {
        await new Promise<void>((done) => server.close(() => done()));
      },
    };
  },
};
