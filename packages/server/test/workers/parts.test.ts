/** What a server does for others to make one server of several: sockets handed over, stress from without, a ticket key. */
import { once } from "node:events";
import { createServer, type Socket } from "node:net";
import type { AddressInfo } from "node:net";
import { connect as dialTls } from "node:tls";
import { manualClock } from "@posthorn/node";
import { placeName } from "@posthorn/server";
import { expect, onTestFinished, test } from "vitest";
import { certificate, dial, ENVELOPE, serve } from "../support.ts";

test("a listener is handed sockets that somebody else accepted", async () => {
  let take: (socket: Socket) => void = () => undefined;
  const handed = (given: (socket: Socket) => void): void => void (take = given);
  const { server, seen } = await serve({ listeners: [{ role: "exchanger", tls: "none", handed }] });
  expect(placeName({ handed })).toBe("handed sockets");
  const door = createServer({ allowHalfOpen: true }, (socket) => take(socket));
  door.listen(0, "127.0.0.1");
  await once(door, "listening");
  onTestFinished(() => void door.close());
  const raw = await dial((door.address() as AddressInfo).port); // oxlint-disable-line typescript/no-unsafe-type-assertion -- it listens on TCP
  expect(await raw.reply()).toBe("220 mx.example.org ESMTP");
  expect(server.connections).toBe(1);
  expect(await raw.codes(["EHLO c.example", ...ENVELOPE])).toEqual(["250", "250", "250"]);
  const closed = server.close({ grace: 0 });
  expect(await raw.reply()).toMatch(/^421 /);
  raw.socket.end();
  await closed;
  expect(seen.at(-1)).toMatchObject({ type: "closed", reason: "shutdown" });
  const late = await dial((door.address() as AddressInfo).port); // oxlint-disable-line typescript/no-unsafe-type-assertion -- it listens on TCP
  await late.until(() => late.ended, "the end");
  late.socket.destroy();
});

test("stress that others see shortens times", async () => {
  const clock = manualClock();
  let stressed = false;
  const { server, port } = await serve({ clock, stressed: () => stressed, limits: { stress: 5000 } });
  onTestFinished(() => server.close({ grace: 0 }));
  const raw = await dial(port);
  await raw.reply();
  clock.advance(20_000);
  expect(await raw.ask("NOOP")).toMatch(/^250/);
  stressed = true;
  clock.advance(6000);
  expect(await raw.reply()).toMatch(/^421 4\.4\.2 |^421 Timeout/);
  raw.socket.destroy();
});

test("servers with one ticket key resume each other's TLS sessions, for the same name only", async () => {
  const own = await certificate("mx.example");
  const names = { "other.example": await certificate("other.example") };
  const key = Uint8Array.from({ length: 32 }, (_, n) => n);
  const one = await serve({
    listeners: [{ role: "exchanger", tls: "implicit", port: 0 }],
    tls: { ...own, names, ticketKey: key },
  });
  const two = await serve({
    listeners: [{ role: "exchanger", tls: "implicit", port: 0 }],
    tls: { ...own, names, ticketKey: key },
  });
  const three = await serve({ listeners: [{ role: "exchanger", tls: "implicit", port: 0 }], tls: { ...own, names } });
  for (const { server } of [one, two, three]) onTestFinished(() => server.close({ grace: 0 }));
  const shake = async (
    port: number,
    maxVersion: "TLSv1.2" | "TLSv1.3",
    given: { readonly session?: Buffer; readonly servername?: string } = {},
  ): Promise<{ readonly reused: boolean; readonly session: Buffer }> => {
    const socket = dialTls({
      port,
      host: "127.0.0.1",
      rejectUnauthorized: false,
      maxVersion,
      servername: "mx.example",
      ...given,
    });
    onTestFinished(() => void socket.destroy());
    let session: Buffer = Buffer.alloc(0);
    socket.on("session", (got: Buffer) => (session = got));
    await once(socket, "data");
    const reused = socket.isSessionReused();
    if (!reused && session.length === 0) await once(socket, "session");
    return { reused, session };
  };
  for (const version of ["TLSv1.2", "TLSv1.3"] as const) {
    const { reused, session } = await shake(one.port, version);
    expect(reused).toBe(false);
    expect((await shake(two.port, version, { session })).reused).toBe(true);
    expect((await shake(three.port, version, { session })).reused).toBe(false);
    expect((await shake(two.port, version, { session, servername: "other.example" })).reused).toBe(false);
  }
});
