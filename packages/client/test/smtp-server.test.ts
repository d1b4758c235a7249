/** npm's smtp-server as a peer: an implementation that nobody here wrote. */
import { connect } from "@posthorn/client";
import { SMTPServer } from "smtp-server";
import { expect, test } from "vitest";

test("smoke", async () => {
  const got: Buffer[] = [];
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ["STARTTLS"],
    onData(stream, _session, callback) {
      stream.on("data", (c: Buffer) => got.push(c));
      stream.on("end", () => callback());
    },
  });
  await new Promise<void>((r) => server.listen(0, "127.0.0.1", r));
  const address = server.server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  const lines: string[] = [];
  const { transcript } = await import("@posthorn/client");
  const c = await connect({ host: "127.0.0.1", port, observe: transcript((l) => lines.push(l)) });
  const o = await c.send({
    from: "a@b.example",
    to: ["c@d.example", "e@f.example"],
    content: "Subject: x\n\nhello\n.dot\n",
  });
  await c.quit();
  expect(Buffer.concat(got).toString()).toBe("Subject: x\r\n\r\nhello\r\n.dot\r\n");
  await new Promise<void>((r) => server.close(() => r()));
});
