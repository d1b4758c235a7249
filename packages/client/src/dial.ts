/** One attempt to reach one address: a socket, or the reason why there is none. */
import { connect as connectSocket, type Socket } from "node:net";
import { abortedBy } from "./abort.ts";
import { Deadline } from "./deadline.ts";
import { ClientError } from "./errors.ts";
import type { Inbox } from "./inbox.ts";
import type { HostAddress } from "./options.ts";
import type { Terms } from "./setup.ts";

/** A door to knock at. */
export type Door = { readonly path: string } | (HostAddress & { readonly port: number });

/** What to call it. */
export const doorName = (door: Door): string => ("path" in door ? door.path : `${door.address} port ${door.port}`);

/** A socket that reads into `inbox`. @throws ClientError `connect-failed`, `timeout`, `aborted`. */
export const dial = (door: Door, { clock, timeouts, options }: Terms, { onread }: Inbox): Promise<Socket> =>
  new Promise((resolve, reject) => {
    const { localAddress, signal } = options;
    if (signal?.aborted === true) {
      reject(abortedBy(signal));
      return;
    }
    const socket =
      "path" in door
        ? connectSocket({ path: door.path, onread })
        : connectSocket({
            host: door.address,
            port: door.port,
            family: door.family,
            noDelay: true,
            onread,
            ...(localAddress === undefined ? {} : { localAddress }),
          });
    const done = (): void => {
      deadline.stop();
      signal?.removeEventListener("abort", aborted);
      socket.removeListener("connect", connected);
      socket.removeListener("error", failed);
    };
    const fail = (error: ClientError): void => {
      done();
      socket.on("error", () => {}); // what a socket that is given up still has to say
      socket.destroy();
      reject(error);
    };
    const connected = (): void => {
      done();
      resolve(socket);
    };
    const failed = (error: Error): void =>
      fail(
        new ClientError("connect-failed", `no connection to ${doorName(door)}: ${error.message}`, {
          cause: error,
          address: doorName(door),
        }),
      );
    const aborted = (): void => {
      if (signal !== undefined) fail(abortedBy(signal));
    };
    const deadline = new Deadline(clock, () =>
      fail(
        new ClientError("timeout", `${doorName(door)} did not take the connection in ${timeouts.connect} ms`, {
          address: doorName(door),
        }),
      ),
    );
    deadline.set(timeouts.connect, "connect");
    signal?.addEventListener("abort", aborted, { once: true });
    socket.once("connect", connected);
    socket.once("error", failed);
  });
