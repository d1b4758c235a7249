/**
 * STARTTLS (RFC 3207). The server offers it while the connection is in the clear; the handshake is the host's. The
 * client asks for it before anything that needs to know who is there (stage `security`), also where it was not
 * offered: under `required` a stripped or refused STARTTLS fails the connection, and no mail is sent.
 */
import { command, defineExtension, reply, replyClass } from "@posthorn/contract";
import type { ClientOp, Extension, Negotiated, Talk, View } from "@posthorn/contract";
import { none } from "@posthorn/wire";
import { startTlsRow } from "./row.ts";

/**
 * Client: what STARTTLS is to it. `required`: no TLS, no mail. `opportunistic`: TLS where it can be had; whoever sits
 * on the path can take it away. `none`: never asked for.
 */
export type StartTlsPolicy = "none" | "opportunistic" | "required";

/** Options of `startTls`. */
export interface StartTlsOptions {
  /** Server: whether a handshake could be made now, asked at each EHLO; `true` if not given. Pure: of the view only. */
  readonly available?: (view: View) => boolean;
  /** Client: `opportunistic` if not given. */
  readonly policy?: StartTlsPolicy;
}

/** STARTTLS: no capability, and one verb without arguments. */
export interface StartTls extends Extension<{ keyword: "STARTTLS"; capability: null; verbs: { STARTTLS: null } }> {}

function* negotiate(policy: StartTlsPolicy, offered: boolean, secure: boolean): Talk<ClientOp, Negotiated> {
  if (secure || policy === "none") return "skipped";
  const without = (why: string): Negotiated =>
    policy === "required" ? { fail: `TLS is required, and ${why}` } : "skipped";
  if (!offered) return without("the server does not offer STARTTLS (RFC 3207 §4.1)");
  const answer = yield* command(startTlsRow, null);
  return replyClass(answer) === 2 ? "done" : without(`the server answered ${answer.code} to STARTTLS (RFC 3207 §4)`);
}

/**
 * Secure SMTP over TLS (RFC 3207), for server and client.
 *
 * @example
 * const client = [startTls({ policy: "required" })];
 */
export const startTls = (options: StartTlsOptions = {}): StartTls => {
  const { available = () => true, policy = "opportunistic" } = options;
  return defineExtension({
    keyword: "STARTTLS",
    rfc: 3207,
    capability: none,
    verbs: [startTlsRow],
    server: {
      advertise: (view) => (view.tls === undefined && available(view) ? null : undefined), // RFC 3207 §4.2: not once TLS is active
      withheld: (_verb, view) =>
        view.tls === undefined
          ? reply(454, "4.7.0", "TLS is not available now")
          : reply(503, "5.5.1", "TLS is already active"),
      handle: { STARTTLS: () => reply(220, "2.0.0", "Ready to start TLS") },
    },
    client: {
      negotiate: {
        stage: "security",
        run: (offered, view) => negotiate(policy, offered !== undefined, view.tls !== undefined),
      },
    },
  });
};
