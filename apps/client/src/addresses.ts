/** The envelope's addresses, read before anything else happens, so that a slip of the pen costs no connection. */
import type { ForwardPath, ReversePath } from "@posthorn/contract";
import { LocalProtocolError } from "@posthorn/contract";
import { parseMailbox, POSTMASTER } from "@posthorn/wire";
import { EXIT, Stop } from "./exit.ts";

/** Takes the angle brackets off, if there are any. */
const bare = (text: string): string => /^<(.*)>$/s.exec(text)?.[1] ?? text;

const mailboxOf = (option: string, text: string): ForwardPath => {
  try {
    return parseMailbox(bare(text));
  } catch (error) {
    if (!(error instanceof LocalProtocolError)) throw error;
    throw new Stop(
      EXIT.usage,
      `${option} ${JSON.stringify(text)}: no mailbox; write one such as ada@mail.example (RFC 5321 §4.1.2)`,
    );
  }
};

/**
 * Reads them. `<>` and the empty string are the null reverse-path (RFC 5321 §4.5.5), `postmaster` needs no domain (§4.5.1).
 * @throws Stop 64.
 */
export const parsePaths = (args: {
  readonly from: string;
  readonly to: readonly string[];
}): { readonly from: ReversePath; readonly to: readonly ForwardPath[] } => ({
  from: bare(args.from) === "" ? null : mailboxOf("--from", args.from),
  to: args.to.map((text) => (/^<?postmaster>?$/i.test(text) ? POSTMASTER : mailboxOf("--to", text))),
});
