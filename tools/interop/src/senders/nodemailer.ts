// nodemailer, a client of npm's, in this process: it closes without QUIT, and folds nothing that it is given raw.
import { readFileSync } from "node:fs";
import { createTransport } from "nodemailer";
import type { Peer } from "../peer.ts";
import { casesOf } from "../sender.ts";

/** nodemailer. */
export const nodemailer: Peer = {
  name: "nodemailer",
  async open(bench, world) {
    const { default: about } = await import("nodemailer/package.json", { with: { type: "json" } });
    const cases = casesOf(bench, world, async ({ sample, way, port }) => {
      const transport = createTransport({
        host: "127.0.0.1",
        port,
        name: "client.demo.example",
        secure: way === "submissions",
        requireTLS: way === "submission",
        ignoreTLS: way === "exchanger",
        tls: { ca: readFileSync(bench.server.certificate), servername: "mail.demo.example" },
        ...(way === "exchanger" ? {} : { auth: { user: bench.user, pass: bench.password } }),
      });
      try {
        const envelope = { from: sample.from, to: [...sample.to] };
        await transport.sendMail({ envelope, raw: Buffer.from(sample.octets) });
        return undefined;
      } catch (error) {
        return String(error);
      } finally {
        transport.close();
      }
    });
    return { version: about.version, cases };
  },
};
