/** What a Received field tells, out of a session of the server. */
import { ASCII } from "@posthorn/contract";
import type { Envelope, Session } from "@posthorn/server";
import { heloArgument } from "@posthorn/wire";
import type { HeloArgument } from "@posthorn/wire";
import type { Passage } from "./trace.ts";

const helloOf = (session: Session): HeloArgument | undefined => {
  if (session.hello === undefined) return undefined;
  const read = heloArgument.decode(session.hello.domain, ASCII);
  return read.ok ? read.value : { kind: "opaque", text: session.hello.domain };
};

/** The passage of a message through this server, now. */
export const passageOf = (envelope: Envelope, session: Session, hostname: string): Passage => {
  const [first, ...others] = envelope.recipients;
  return {
    by: hostname,
    id: envelope.id,
    hello: helloOf(session),
    extended: session.hello?.verb !== "HELO",
    protocol: session.protocol,
    address: session.remote.address === "" ? undefined : session.remote.address,
    tls: session.tls,
    authenticated: session.fact("authenticated") !== undefined,
    utf8: envelope.utf8,
    only: others.length === 0 ? first?.path : undefined,
    when: new Date(),
  };
};
