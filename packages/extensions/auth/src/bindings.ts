/** The channel bindings (RFC 5056) of a connection, as SASL takes them, the preferred first. */
import type { Tls } from "@posthorn/contract";
import type { ChannelBinding } from "@posthorn/sasl";

const TYPES = ["tls-exporter", "tls-server-end-point"] as const;

/** What the host's TLS layer can bind to: `tls-exporter` (RFC 9266) before `tls-server-end-point` (RFC 5929 §4). */
export const channelBindingsOf = (tls: Tls | undefined): readonly ChannelBinding[] => {
  const bindings: ChannelBinding[] = [];
  for (const type of TYPES) {
    const data = tls?.bindings?.[type];
    if (data !== undefined) bindings.push({ type, data });
  }
  return bindings;
};
