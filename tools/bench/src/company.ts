// One more session, open and idle while a server is measured, as there always is on a server that is in use. Without it
// every session of a server ends between two rounds, V8 forgets the shapes of their objects, and what was compiled for
// them is compiled anew: lockstep cost a third more, and twice as much from one round to the other.
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";

/** Opens it. What the server says is read and thrown away. */
export async function company(port: number, tls: boolean): Promise<Socket> {
  const where = { host: "127.0.0.1", port };
  const socket = tls ? connectTls({ ...where, rejectUnauthorized: false }) : connect(where);
  socket.on("error", () => socket.destroy());
  await once(socket, "data", { signal: AbortSignal.timeout(10_000) });
  socket.resume();
  socket.write("EHLO idle.example\r\n");
  return socket;
}
