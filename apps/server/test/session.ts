/** A session and an envelope, for what is asked about them. */
import type { Envelope, Session } from "@posthorn/server";

export const session: Session = {
  id: "0123456789ab",
  role: "exchanger",
  protocol: "smtp",
  remote: { address: "192.0.2.1", port: 4711 },
  local: { address: "192.0.2.2", port: 25 },
  signal: new AbortController().signal,
  tls: undefined,
  phase: "rcpt",
  hello: { verb: "EHLO", domain: "client.example" },
  mail: undefined,
  recipients: [],
  utf8: false,
  transactions: 1,
  earlyTalk: 0,
  state: {},
  fact: () => undefined,
  offered: () => true,
};

export const envelope: Envelope = {
  id: "0123456789ab-1",
  mail: { path: null, params: {} },
  recipients: [{ path: { local: "u", domain: "example.org" }, params: {} }],
  utf8: false,
};
