/**
 * Conversations: a verb that asks for something is a generator, and reads like the example of its RFC. What it yields
 * is data that a machine performs; the helpers here hold the only casts, one for each thing that comes back.
 */
/* oxlint-disable typescript/no-unsafe-type-assertion -- what a machine hands back for an op is the op's promise; these are the only casts */
import type { Reply } from "./reply.ts";
import type { Verb } from "./verb.ts";

/** Asks the host: the one place for a promise. The host performs `run`; its signal aborts when the peer has left. */
export interface Ask {
  readonly op: "ask";
  readonly run: (signal: AbortSignal) => unknown;
}

/** What a server's conversation may yield. `challenge` sends a 3yz reply and waits for an item; `announced` is the item that came with the command. */
export type ServerOp = { readonly op: "challenge"; readonly reply: Reply } | { readonly op: "announced" } | Ask;

/** What a client's conversation may yield: a command (with its item, where the intake opens with the command), or an item after 3yz. */
export type ClientOp =
  | { readonly op: "command"; readonly row: Verb<unknown, unknown>; readonly args: unknown; readonly item: unknown }
  | { readonly op: "item"; readonly item: unknown }
  | Ask;

/** A conversation that ends in `R`. */
export type Talk<Op, R> = Generator<Op, R, unknown>;

/** Server: sends a 3yz reply and receives the item that answers it (RFC 4954 §4). */
export function* challenge<C>(row: Verb<unknown, C>, reply: Reply): Talk<ServerOp, C> {
  void row;
  return (yield { op: "challenge", reply }) as C;
}

/** Server: the item that came with the command, for a row whose intake opens `with-command`. */
export function* announced<C>(row: Verb<unknown, C>): Talk<ServerOp, C> {
  void row;
  return (yield { op: "announced" }) as C;
}

/** Both sides: asks the host, who may answer at once or with a promise. A rejection is thrown here. */
export function* ask<T>(run: (signal: AbortSignal) => T): Generator<Ask, Awaited<T>, unknown> {
  return (yield { op: "ask", run }) as Awaited<T>;
}

/** Client: sends a command, with its item where its octets follow at once, and receives the reply. */
export function* command<A, C>(
  row: Verb<A, C>,
  args: NoInfer<A>,
  ...item: readonly [NoInfer<C>?]
): Talk<ClientOp, Reply> {
  return (yield { op: "command", row, args, item: item[0] }) as Reply;
}

/** Client: sends an item after a 3yz reply, and receives the next reply. */
export function* item<C>(row: Verb<unknown, C>, value: NoInfer<C>): Talk<ClientOp, Reply> {
  void row;
  return (yield { op: "item", item: value }) as Reply;
}
