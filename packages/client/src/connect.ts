/**
 * From options to a connection that is ready: the addresses of the host in turn, TLS where it is to be there from the
 * first octet, the session's opening. Where TLS was only a chance and its handshake failed, once more without it.
 */
import type { Socket } from "node:net";
import type { Extensions } from "@posthorn/contract";
import { abortedBy, unlessAborted } from "./abort.ts";
import { type Beginning, Channel } from "./channel.ts";
import { Connection } from "./connection.ts";
import { Deadline } from "./deadline.ts";
import { dial, type Door, doorName } from "./dial.ts";
import { ClientError, sentenceOf } from "./errors.ts";
import { Inbox } from "./inbox.ts";
import { helloName } from "./names.ts";
import type { Listeners } from "./observe.ts";
import type { ConnectOptions, StandardExtensions } from "./options.ts";
import { addressesOf, machineLookup } from "./resolve.ts";
import { secure, type Secured } from "./secure.ts";
import { type Setup, setUp, type Terms } from "./setup.ts";
import { Teller } from "./teller.ts";

/** How many addresses that took a connection are tried before their refusal is the answer (security.md, limits). */
const SESSIONS = 2;

/** Failures of one address that say nothing about the next one. */
const ELSEWHERE: ReadonlySet<string> = new Set([
  "connect-failed",
  "timeout",
  "connection-lost",
  "service-closing",
  "refused",
]);

const doorsOf = async ({ target, options }: Terms): Promise<readonly Door[]> => {
  if ("path" in target) return [target];
  const { host, port } = target;
  const found = await unlessAborted(addressesOf(host, options.family, options.lookup ?? machineLookup), options.signal);
  return found.map((address) => ({ ...address, port }));
};

/** TLS from the first octet (RFC 8314 §3). */
const secureAtOnce = (socket: Socket, setup: Terms): Promise<Secured> =>
  new Promise((resolve, reject) => {
    const { clock, timeouts, options } = setup;
    const { signal } = options;
    const done = (): void => {
      deadline.stop();
      signal?.removeEventListener("abort", aborted);
    };
    const fail = (error: ClientError): void => {
      done();
      tlsSocket.destroy();
      reject(error);
    };
    const aborted = (): void => {
      if (signal !== undefined) fail(abortedBy(signal));
    };
    const deadline = new Deadline(clock, () =>
      fail(new ClientError("timeout", `the TLS handshake took more than ${timeouts.tls} ms`)),
    );
    deadline.set(timeouts.tls, "tls");
    signal?.addEventListener("abort", aborted, { once: true });
    const tlsSocket = secure(
      socket,
      setup,
      (secured) => {
        done();
        resolve(secured);
      },
      fail,
    );
  });

/** A socket to one address, secure where it has to be from the first octet. */
const reach = async <X extends Extensions>(setup: Setup<X>, door: Door, teller: Teller): Promise<Channel<X>> => {
  const { options, policy } = setup;
  const named = "path" in door ? { address: door.path, port: undefined } : door;
  const seen = { address: named.address, port: named.port };
  teller.tell({ type: "connecting", ...seen });
  const inbox = new Inbox();
  const socket = await dial(door, setup, inbox);
  teller.tell({ type: "connected", ...seen });
  const secured = policy.mode === "implicit" ? await secureAtOnce(socket, setup) : undefined;
  const name = helloName(options.name, socket.localAddress);
  const how = { name, secured, inbox: secured === undefined ? inbox : undefined, host: doorName(door), teller };
  return openOn(setup, secured?.socket ?? socket, how);
};

/** One address, to the end of the opening. */
const enter = async <X extends Extensions>(setup: Setup<X>, door: Door): Promise<Channel<X>> => {
  const { signal } = setup.options;
  const teller = new Teller(setup);
  let channel: Channel<X>;
  try {
    channel = await reach(setup, door, teller);
  } catch (error) {
    teller.tell({
      type: "closed",
      reason: sentenceOf(error),
      failure: error instanceof ClientError ? error : undefined,
    });
    throw error;
  }
  const aborted = (): void => channel.destroy();
  signal?.addEventListener("abort", aborted, { once: true });
  try {
    await channel.open();
    return channel;
  } catch (error) {
    if (signal?.aborted === true) throw abortedBy(signal);
    throw error;
  } finally {
    signal?.removeEventListener("abort", aborted);
  }
};

const openOn = <X extends Extensions>(setup: Setup<X>, socket: Socket, how: Beginning): Channel<X> => {
  try {
    return new Channel(setup, socket, how);
  } catch (error) {
    socket.destroy(); // a name that is none (RFC 5321 §4.1.1.1)
    throw error;
  }
};

/** Each address in turn, until one is ready, or says something that the others would say too. */
const enterAny = async <X extends Extensions>(setup: Setup<X>, doors: readonly Door[]): Promise<Channel<X>> => {
  const failures: unknown[] = [];
  let sessions = 0;
  for (const door of doors) {
    try {
      return await enter(setup, door);
    } catch (error) {
      failures.push(error);
      const code = error instanceof ClientError ? error.code : "";
      if (!ELSEWHERE.has(code)) throw error;
      if (code !== "connect-failed") sessions += 1;
      if (sessions >= SESSIONS) break;
    }
  }
  const [last] = failures.slice(-1);
  if (failures.length === 1) throw last;
  throw new ClientError(
    last instanceof ClientError ? last.code : "connect-failed",
    `no address took the mail: ${failures.map(sentenceOf).join("; ")}`,
    { cause: new AggregateError(failures), ...(last instanceof ClientError ? { reply: last.reply } : {}) },
  );
};

const isTlsFailure = (error: unknown): boolean => error instanceof ClientError && error.code === "tls-failed";

/** A handshake that failed when it showed a ticket proves nothing: once more without. */
const enterAfresh = async <X extends Extensions>(
  setup: Setup<X>,
  doors: readonly Door[],
  again: () => Setup<X>,
): Promise<Channel<X>> => {
  try {
    return await enterAny(setup, doors);
  } catch (error) {
    if (!isTlsFailure(error) || setup.resumption?.offered !== true) throw error;
    setup.resumption.refuse();
    return await enterAny(again(), doors);
  }
};

/** Opens a channel for these options; see `connect`. */
export const openChannel = async <const X extends Extensions>(
  options: ConnectOptions<X>,
  audience?: Listeners,
): Promise<Channel<X>> => {
  const setup = setUp(options, audience);
  const { signal } = options;
  if (signal?.aborted === true) throw abortedBy(signal);
  const doors = await doorsOf(setup);
  try {
    return await enterAfresh(setup, doors, () => setUp(options, audience));
  } catch (error) {
    if (!isTlsFailure(error) || !setup.policy.fallback) throw error;
    return await enterAny(setUp({ ...options, tls: "none" }, audience), doors);
  }
};

/**
 * Connects to a server and says hello; what extensions negotiate is done when this resolves: TLS, authentication.
 *
 * @throws ClientError, whose `code` says what went wrong, and whose `retry` and `nextHost` say what to do about it;
 * CompositionError where extensions cannot stand together; LocalProtocolError where `name` is none.
 * @example
 * const connection = await connect({ host: "mail.example", port: 587, credentials: { name, password } });
 * const { accepted, refused } = await connection.send({ from, to, content });
 * await connection.quit();
 */
export const connect = async <const X extends Extensions = StandardExtensions>(
  options: ConnectOptions<X> = {},
): Promise<Connection<X>> => new Connection(await openChannel(options));
