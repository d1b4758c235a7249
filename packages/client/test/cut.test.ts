/** A connection that ends at every octet of what the server says: success only by a final 2yz that came whole. */
import { ClientError, connect, type Outcome } from "@posthorn/client";
import { expect, test } from "vitest";
import { greet, type Peer, resources, serve, takeMail, until } from "./support.ts";

const mail = { from: "a@x.example", to: "b@x.example", content: "\r\nhello\r\n" };
const GREETING = "220 test.example ready\r\n";
const HELLO = "250-test.example\r\n250 PIPELINING\r\n";
const ENVELOPE = "250 ok\r\n250 ok\r\n354 go\r\n";
const TAKEN = "250 2.0.0 taken\r\n";
const ALL = GREETING + HELLO + ENVELOPE + TAKEN;

/** Lets so many octets through to the client, then ends the connection. */
const cutAfter = (peer: Peer, octets: number, end: (peer: Peer) => void): void => {
  const { socket } = peer;
  const send = peer.send.bind(peer);
  let left = octets;
  peer.send = (text) => {
    if (left < 0) return;
    send(text.slice(0, left));
    if (text.length > left) end(peer);
    left -= text.length;
    if (left === 0) end(peer);
  };
  if (octets === 0) end(peer);
  socket.on("error", () => {});
};

const attempt = async (port: number): Promise<Outcome | ClientError> => {
  try {
    const connection = await connect({ host: "127.0.0.1", port });
    const outcome = await connection.send(mail);
    connection.destroy();
    return outcome;
  } catch (error) {
    if (error instanceof ClientError) return error;
    throw error;
  }
};

test.each<[string, (peer: Peer) => void]>([
  ["FIN", (peer) => void peer.socket.end()],
  ["RST", (peer) => void setImmediate(() => peer.socket.resetAndDestroy())],
])("%s at each octet", async (_name, end) => {
  const before = resources().length;
  const seen = new Set<string>();
  for (let octets = 0; octets <= ALL.length; octets++) {
    const server = await serve(async (peer) => {
      cutAfter(peer, octets, end);
      await greet(peer, "PIPELINING");
      await takeMail(peer);
    });
    const ended = await attempt(server.port);
    const opened = octets >= (GREETING + HELLO).length;
    if (ended instanceof ClientError) {
      // A reset may overtake what was sent before it, so that only the other direction is certain.
      if (ended.code !== "connection-lost" && ended.code !== "connect-failed") throw ended;
      if (opened && !ended.retry) throw ended;
    } else {
      const [verdict] = ended.verdicts;
      seen.add(verdict?.kind ?? "");
      const whole = octets === ALL.length;
      if (verdict?.kind === "accepted" && !whole) throw new Error(`accepted after ${octets} of ${ALL.length} octets`);
      if (verdict?.kind !== "accepted" && ended.failure?.retry !== true) throw new Error(`no retry after ${octets}`);
    }
    await server.close();
  }
  await until(() => resources().length <= before);
  expect([...seen]).toEqual(expect.arrayContaining(["unsent", "in-doubt", "accepted"]));
});
