/**
 * The client and posthornd resume a session of TLS (docs/security.md C7, A1): each ticket once, with mail as over the
 * first, and with nothing of what was said before STARTTLS.
 */
import { type ConnectOptions, connect, createPool, type Observation } from "@posthorn/client";
import { beforeAll, expect, test } from "vitest";
import { filesIn, newFolder, serve } from "./program.ts";

const maildir = newFolder();
let [clear, implicit] = [0, 0];
beforeAll(async () => {
  const listeners = ["--listen", "127.0.0.1:0", "--listen-tls", "127.0.0.1:0"];
  const server = await serve([...listeners, "--maildir", maildir]);
  [clear = 0, implicit = 0] = server.ports;
});

const mail = { from: "a@client.example", to: "u@example.org", content: "Subject: x\n\nx\n" };

test.each<[string, () => ConnectOptions]>([
  ["STARTTLS", () => ({ port: clear, tls: "required" })],
  ["implicit TLS", () => ({ port: implicit, tls: "implicit" })],
])("%s", async (_name, options) => {
  const before = filesIn(maildir).length;
  const seen: Observation[] = [];
  for (let at = 0; at < 4; at++) {
    // oxlint-disable-next-line no-await-in-loop -- one after the other
    const connection = await connect({
      host: "127.0.0.1",
      verify: false,
      observe: (one) => seen.push(one),
      ...options(),
    });
    expect(connection.offer.has("STARTTLS")).toBe(false);
    // oxlint-disable-next-line no-await-in-loop -- one after the other
    expect((await connection.send(mail)).accepted).toEqual(["u@example.org"]);
    // oxlint-disable-next-line no-await-in-loop -- one after the other
    await connection.quit();
  }
  expect(seen.flatMap((one) => (one.type === "tls" ? [one.resumed] : []))).toEqual([false, true, true, false]);
  expect(filesIn(maildir)).toHaveLength(before + 4);
});

test("many at once: whatever is resumed, each message arrives once", async () => {
  const before = filesIn(maildir).length;
  const pool = createPool({ host: "127.0.0.1", port: clear, tls: "required", verify: false, perConnection: 1, max: 4 });
  const outcomes = await Promise.all(Array.from({ length: 20 }, () => pool.send(mail)));
  await pool.close();
  expect(outcomes.flatMap(({ accepted }) => accepted)).toHaveLength(20);
  expect(filesIn(maildir)).toHaveLength(before + 20);
});
