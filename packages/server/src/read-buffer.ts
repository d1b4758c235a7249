/**
 * One read buffer for all sockets that listeners accept (`sharedReadBuffer`). Node makes a buffer of 64 KiB for each
 * read, shrinks it, and leaves it to the garbage collector: with large messages that is half of all work. Its
 * documented remedy, `onread` of `net.Socket`, is for sockets that one makes oneself, and nothing documented makes one
 * of a connection that was accepted. So the listener's handle is asked to bring connections here. Each piece of that
 * is looked for; where one is missing, sockets are made as always, and nothing else changes.
 */
import { type Server as NetServer, Socket } from "node:net";
import { lend } from "./sockets.ts";

/** As much as Node reads at once. */
const SIZE = 65_536;

let buffer: Buffer | undefined;

/** A property of what is not documented, if it has it. */
const piece = (of: unknown, name: string): unknown =>
  typeof of === "object" && of !== null ? Reflect.get(of, name) : undefined;

/** Whether a handle reads into a buffer that it is given. */
const takesBuffer = (handle: unknown): boolean => typeof piece(handle, "useUserBuffer") === "function";

/** A socket on a connection that reads into the buffer, if there can be one. */
const socketOn = (connection: unknown, shared: Buffer): Socket | undefined => {
  if (!takesBuffer(connection)) return undefined;
  const callback = (octets: number): boolean => {
    lend(socket, shared.subarray(0, octets));
    return true; // who has enough pauses the socket
  };
  const options: object = { handle: connection, allowHalfOpen: true, onread: { buffer: shared, callback } };
  const socket = new Socket(options);
  return piece(socket, "_handle") === connection ? socket : undefined;
};

/** Lets all connections of a listening server share one read buffer, from now on; whether that is possible here. */
export const shareReadBuffer = (server: NetServer): boolean => {
  const handle = piece(server, "_handle");
  const usual = piece(handle, "onconnection");
  if (typeof handle !== "object" || handle === null || typeof usual !== "function" || !takesBuffer(handle))
    return false;
  const shared = (buffer ??= Buffer.allocUnsafeSlow(SIZE));
  return Reflect.set(handle, "onconnection", (error: unknown, connection: unknown): void => {
    const socket = error ? undefined : socketOn(connection, shared);
    if (socket === undefined) Reflect.apply(usual, handle, [error, connection]);
    else server.emit("connection", socket.setNoDelay(true));
  });
};
