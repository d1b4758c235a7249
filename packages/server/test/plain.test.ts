/** Plain SMTP over a real socket: the dialogue, hooks, content, half-close, early talk. */
import { reply } from "@posthorn/contract";
import { createTransport } from "nodemailer";
import { expect, onTestFinished, test } from "vitest";
import { collector, dial, ENVELOPE, serve } from "./support.ts";

test("a dialogue, in lockstep and pipelined", async () => {
  const { hooks, messages } = collector();
  const { server, port } = await serve({ hooks });
  onTestFinished(() => server.close({ grace: 0 }));
  const raw = await dial(port);
  expect(await raw.reply()).toBe("220 mx.example.org ESMTP");
  expect(await raw.ask("EHLO client.example")).toMatch(/^250-mx\.example\.org\n[^]*250-PIPELINING\n/);
  expect(await raw.codes([...ENVELOPE, "DATA"])).toEqual(["250", "250", "354"]);
  raw.send("Subject: one\r\n\r\n..dot\r\n.\r\n");
  expect(await raw.reply()).toMatch(/^250 2\.0\.0 OK id=[0-9a-z]{12}-1$/);
  raw.send(`${[...ENVELOPE, "DATA"].join("\r\n")}\r\n`);
  raw.send("two\r\n.\r\nQUIT\r\n");
  for (const code of ["250", "250", "354", "250", "221"]) expect(await raw.reply()).toMatch(new RegExp(`^${code}`));
  raw.socket.end();
  await raw.end();
  expect(messages).toEqual(["Subject: one\r\n\r\n.dot\r\n", "two\r\n"]);
  await raw.until(() => server.connections === 0);
});

test("what came before a FIN is answered, as Exim sends it: dot, QUIT and FIN at once", async () => {
  const { messages, hooks } = collector();
  const { server, port } = await serve({
    hooks: {
      ...hooks,
      message: () => new Promise((resolve) => setTimeout(() => resolve(reply(250, "2.0.0", "Kept")), 30)),
    },
  });
  onTestFinished(() => server.close({ grace: 0 }));
  const raw = await dial(port);
  await raw.reply();
  await raw.ask("EHLO client.example");
  await raw.codes([...ENVELOPE, "DATA"]);
  raw.socket.end("body\r\n.\r\nQUIT\r\n");
  expect(await raw.reply()).toBe("250 2.0.0 Kept");
  expect(await raw.reply()).toMatch(/^221 /);
  await raw.end();
  expect(messages).toEqual(["body\r\n"]);
});

test("nodemailer sends", async () => {
  const { hooks, messages } = collector();
  const { server, port } = await serve({ hooks });
  onTestFinished(() => server.close({ grace: 0 }));
  const transport = createTransport({ host: "127.0.0.1", port, ignoreTLS: true });
  const sent = await transport.sendMail({
    from: "a@client.example",
    to: ["b@mx.example.org", "c@mx.example.org"],
    subject: "hello",
    text: ".\nline\n",
  });
  transport.close();
  expect(sent.accepted).toEqual(["b@mx.example.org", "c@mx.example.org"]);
  expect(messages).toHaveLength(1);
  expect(messages[0]).toMatch(/\r\n\r\n\.\r\nline\r\n$/);
});
