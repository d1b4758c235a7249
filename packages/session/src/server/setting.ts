/** What a session is set up with, which many have in common: where nothing differs, they share one object. */
import { ASCII, LocalProtocolError, type Reply, type Tls } from "@posthorn/contract";
import { heloArgument } from "@posthorn/wire";
import type { Composition } from "../compose.ts";
import { type ServerLimits, serverLimits } from "../options.ts";
import { type ServerTable, serverTable } from "./server-table.ts";

/** What a server's session is told. */
export interface ServerOptions {
  /** The server's own name, a domain or an address literal: it greets with it (RFC 5321 §4.2, §4.3.1). */
  readonly hostname: string;
  /** The TLS layer, where the connection began with one (RFC 8314 §3). */
  readonly tls?: Tls;
  /** Bounds; `serverLimits` where not given. */
  readonly limits?: Partial<ServerLimits>;
  /** Whether each reply is told as an `answered` event. */
  readonly observe?: boolean;
}

/** The options of a session, complete, and what follows from them. */
export interface Setting {
  readonly composition: Composition;
  readonly table: ServerTable;
  readonly limits: ServerLimits;
  readonly hostname: string;
  readonly observe: boolean;
  /** The proposal for the greeting (RFC 5321 §4.2). */
  readonly greeting: Reply;
  /** The proposal for a hello. */
  readonly hello: Reply;
  /** To QUIT (RFC 5321 §4.1.1.10). */
  readonly farewell: Reply;
  /** The reply to EHLO or LHLO that was said last. */
  readonly last: { reply: Reply };
}

const LAST = new WeakMap<Composition, Setting>();

const checkName = (hostname: string): void => {
  const read = heloArgument.decode(hostname, ASCII);
  if (read.ok && read.value.kind !== "opaque") return;
  throw new LocalProtocolError("bad-hostname", "hostname is a domain or an address literal", "RFC 5321 §4.1.3");
};

const isLike = (setting: Setting, { hostname, observe = false, limits = serverLimits }: ServerOptions): boolean => {
  const own = setting.limits;
  return (
    setting.hostname === hostname &&
    setting.observe === observe &&
    own.recipients === (limits.recipients ?? serverLimits.recipients) &&
    own.recipientsOver === (limits.recipientsOver ?? serverLimits.recipientsOver) &&
    own.errors === (limits.errors ?? serverLimits.errors) &&
    own.junk === (limits.junk ?? serverLimits.junk) &&
    own.rounds === (limits.rounds ?? serverLimits.rounds)
  );
};

/**
 * The setting of a session: that of the session before it, where the options say the same.
 * @throws LocalProtocolError `bad-hostname`
 */
export const settingOf = (composition: Composition, options: ServerOptions): Setting => {
  const last = LAST.get(composition);
  if (last !== undefined && isLike(last, options)) return last;
  const { hostname, limits, observe = false } = options;
  checkName(hostname);
  const hello: Reply = { code: 250, lines: [hostname] };
  const setting: Setting = {
    composition,
    table: serverTable(composition),
    limits: { ...serverLimits, ...limits },
    hostname,
    observe,
    greeting: { code: 220, lines: [`${hostname} ${composition.protocol === "lmtp" ? "LMTP" : "ESMTP"}`] },
    hello,
    farewell: { code: 221, status: "2.0.0", lines: [`${hostname} closing connection`] },
    last: { reply: hello },
  };
  LAST.set(composition, setting);
  return setting;
};
