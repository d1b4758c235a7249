// Python's smtplib: sends the bytes that it is given, line endings and all.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Peer } from "../peer.ts";
import { commandPeer } from "../sender.ts";

const script = `
import json, smtplib, ssl, sys
job = json.load(sys.stdin)
with open(job["file"], "rb") as message:
    octets = message.read()
trust = ssl.create_default_context(cafile=job["certificate"])
trust.check_hostname = False
if job["way"] == "submissions":
    peer = smtplib.SMTP_SSL("127.0.0.1", job["port"], local_hostname="client.demo.example", timeout=20, context=trust)
else:
    peer = smtplib.SMTP("127.0.0.1", job["port"], local_hostname="client.demo.example", timeout=20)
if job["way"] == "submission":
    peer.starttls(context=trust)
if job["way"] != "exchanger":
    peer.login(job["user"], job["password"])
peer.sendmail(job["from"], job["to"], octets)
peer.quit()
`;

/** smtplib of Python 3. */
export const smtplib: Peer = commandPeer(
  { name: "smtplib", program: "python3", packages: ["python3"], version: ["--version"] },
  ({ sample, way, bench, world, file, port }) => {
    const program = join(world.folder, "send.py");
    writeFileSync(program, script);
    const { user, password, server } = bench;
    const { from, to } = sample;
    const job = { file, way, port, user, password, certificate: server.certificate, from, to };
    return { args: [program], given: { input: JSON.stringify(job) } };
  },
);
