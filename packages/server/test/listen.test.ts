/** Where a server listens: addresses, Unix sockets, descriptors, and what happens when it cannot. */
import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { connect, createServer as createNet } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createServer, ListenError, placeName } from "@posthorn/server";
import { afterAll, expect, onTestFinished, test } from "vitest";
import { dial, type Raw, serve } from "./support.ts";

const folder = mkdtempSync(join(tmpdir(), "posthorn-listen-"));
afterAll(() => rmSync(folder, { recursive: true }));

const greeted = async (raw: Raw): Promise<void> => {
  expect(await raw.reply()).toBe("220 mx.example.org ESMTP");
  expect(await raw.ask("QUIT")).toMatch(/^221 /);
  raw.socket.end();
  await raw.end();
};

test("IPv4 and IPv6 on one port, each by itself", async () => {
  const first = await serve({ listeners: [{ role: "exchanger", tls: "none", host: "127.0.0.1", port: 0 }] });
  onTestFinished(() => first.server.close({ grace: 0 }));
  const second = await serve({ listeners: [{ role: "exchanger", tls: "none", host: "::1", port: first.port }] });
  onTestFinished(() => second.server.close({ grace: 0 }));
  await greeted(await dial(first.port));
  await greeted(await dial(first.port, { host: "::1" }));
  expect(second.seen.find(({ type }) => type === "connection")).toMatchObject({ remote: { address: "::1" } });
});

test("a Unix socket: its mode, a stale one replaced, a living one not, a file never", async () => {
  const path = join(folder, "lmtp.sock");
  const listeners = [{ role: "lmtp", tls: "none", path }] as const;
  const { server } = await serve({ listeners });
  expect(statSync(path).mode & 0o777).toBe(0o600);
  const raw = await dial(0, { path });
  expect(await raw.reply()).toBe("220 mx.example.org LMTP");
  raw.socket.destroy();
  await expect(serve({ listeners })).rejects.toMatchObject({ code: "EADDRINUSE" });
  await server.close({ grace: 0 });
  expect(existsSync(path)).toBe(false);

  const child = spawn(process.execPath, [
    "-e",
    `require("net").createServer().listen(${JSON.stringify(path)}, () => process.kill(process.pid, "SIGKILL"))`,
  ]);
  await new Promise((resolve) => child.once("exit", resolve));
  expect(statSync(path).isSocket()).toBe(true);
  const again = await serve({ listeners });
  await again.server.close({ grace: 0 });

  const file = join(folder, "file");
  writeFileSync(file, "kept");
  await expect(serve({ listeners: [{ role: "lmtp", tls: "none", path: file }] })).rejects.toThrow(ListenError);
  expect(existsSync(file)).toBe(true);
});

test("an inherited descriptor", async () => {
  const net = createNet();
  await new Promise<void>((resolve) => void net.listen(0, "127.0.0.1", resolve));
  const address = net.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  const fd = Number(Reflect.get(Reflect.get(net, "_handle"), "fd"));
  const script = `
    import { createServer } from "@posthorn/server";
    const listeners = [{ role: "exchanger", tls: "none", fd: 3 }];
    const server = createServer({ hostname: "mx.example.org", extensions: [], listeners, hooks: { closed: () => void server.close() } });
    const [{ port }] = await server.listen();
    console.log(port);`;
  const child = spawn(process.execPath, ["--conditions=@posthorn/source", "--input-type=module", "-e", script], {
    cwd: import.meta.dirname,
    stdio: ["ignore", "pipe", "inherit", fd],
  });
  net.close();
  const exit = new Promise((resolve) => child.once("exit", resolve));
  const said = await new Promise<string>((resolve) => void child.stdout?.once("data", (text) => resolve(String(text))));
  expect(Number(said)).toBe(port);
  await greeted(await dial(port));
  expect(await exit).toBe(0);
});

test("a port in use: one error that names the listener, and nothing is left open", async () => {
  const { server, port } = await serve();
  onTestFinished(() => server.close({ grace: 0 }));
  const other = createServer({
    hostname: "mx.example.org",
    extensions: [],
    listeners: [
      { role: "exchanger", tls: "none", port: 0 },
      { role: "exchanger", tls: "none", port },
    ],
  });
  const servers = (): number => process.getActiveResourcesInfo().filter((name) => name === "TCPServerWrap").length;
  const before = servers();
  const error: unknown = await other.listen().catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(ListenError);
  expect(error).toMatchObject({
    code: "EADDRINUSE",
    message: `cannot listen on 127.0.0.1:${port}: the address is in use`,
    listener: { port },
  });
  await other.close();
  await new Promise((resolve) => setTimeout(resolve, 20)); // handles are let go a turn later
  expect(servers()).toBe(before);
});

test("listening twice, and closing what never listened", async () => {
  const { server } = await serve();
  await expect(server.listen()).rejects.toMatchObject({ code: "already-listening" });
  await server.close({ grace: 0 });
  await server.close();
});

test("mistakes of who makes a server are told when it is made", () => {
  const make = (options: object) => () =>
    createServer({ hostname: "mx.example.org", extensions: [], listeners: [], ...options });
  expect(make({ hostname: "not a name" })).toThrow(expect.objectContaining({ code: "bad-hostname" }));
  expect(make({ listeners: [{ role: "exchanger", tls: "starttls", port: 0 }] })).toThrow(
    expect.objectContaining({ code: "no-certificate" }),
  );
  expect(make({ listeners: [{ role: "submission", tls: "none", port: 0 }] })).toThrow(
    expect.objectContaining({ code: "no-authentication" }),
  );
  expect(make({ tls: { key: "x", cert: "y" } })).toThrow(expect.objectContaining({ code: "bad-certificate" }));
  expect(make({ limits: { perAdress: 1 } })).toThrow(/there is no limit "perAdress", but total, perAddress/);
  expect(make({ limits: { total: -1 } })).toThrow(expect.objectContaining({ code: "bad-limit" }));
});

test("places are written as one reads them", () => {
  expect(placeName({ port: 25 })).toBe("127.0.0.1:25");
  expect(placeName({ host: "::1", port: 25 })).toBe("[::1]:25");
  expect(placeName({ path: "/run/lmtp" })).toBe("/run/lmtp");
  expect(placeName({ fd: 3 })).toBe("descriptor 3");
});

test("a client that is gone before it is looked at", async () => {
  const { server, port } = await serve();
  onTestFinished(() => server.close({ grace: 0 }));
  for (let n = 0; n < 20; n++) {
    const socket = connect(port, "127.0.0.1", () => socket.resetAndDestroy());
    socket.on("error", () => undefined);
  }
  const raw = await dial(port);
  await greeted(raw);
  await raw.until(() => server.connections === 0);
  expect(server.connections).toBe(0);
});
