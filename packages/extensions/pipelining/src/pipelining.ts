/**
 * PIPELINING (RFC 2920). The server promises to answer a group of commands in order (§3.2), which our machine does
 * anyhow: only the keyword is here. The client may leave commands unanswered; which commands end a group stands in
 * each verb's row, so that all that is left to say is how many may be under way.
 */
import { defineExtension, LocalProtocolError } from "@posthorn/contract";
import type { Extension } from "@posthorn/contract";
import { none } from "@posthorn/wire";

/** Options of `pipelining`. A server needs none. */
export interface PipeliningOptions {
  /**
   * Client: how many commands may be unanswered, 1 or more; `Infinity` if not given. Whoever writes without reading
   * while the peer's replies pile up can block both sides (RFC 2920 §3.1): a host whose writes block wants a number.
   */
  readonly window?: number;
}

/** PIPELINING: a keyword and nothing else. */
export interface Pipelining extends Extension<{ keyword: "PIPELINING"; capability: null }> {}

/**
 * Command pipelining (RFC 2920), for server and client.
 *
 * @throws LocalProtocolError with the code `bad-option` where `window` is no whole number of 1 or more.
 * @example
 * const extensions = [pipelining({ window: 100 })];
 */
export const pipelining = (options: PipeliningOptions = {}): Pipelining => {
  const { window = Infinity } = options;
  if (window !== Infinity && (!Number.isSafeInteger(window) || window < 1))
    throw new LocalProtocolError("bad-option", "pipelining: window is 1 or more commands", "RFC 2920 §3.1");
  return defineExtension({
    keyword: "PIPELINING",
    rfc: 2920,
    capability: none,
    server: { advertise: () => null },
    client: { window: () => window },
  });
};
