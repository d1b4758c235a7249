/**
 * AUTH (RFC 4954) for both sides, as one value. The row is in `row.ts`, the server's conversation in `server.ts`, the
 * client's in `client.ts`; mechanisms are values of `@posthorn/sasl` or anybody's, and this extension names none.
 */
import { defineExtension, LocalProtocolError } from "@posthorn/contract";
import type { Extension } from "@posthorn/contract";
import type { Mechanism } from "@posthorn/sasl";
import { clientHalf } from "./client.ts";
import { isMechanismName, mechanismList } from "./mechanism-name.ts";
import type { AuthMemory, AuthOptions, AuthState } from "./options.ts";
import { authRow } from "./row.ts";
import type { AuthArgs } from "./row.ts";
import { serverHalf } from "./server.ts";
import { submitter } from "./submitter.ts";
import type { Submitter } from "./submitter.ts";

/** The extension that `auth` makes; `I` is what the store of the server knows of a user. */
export interface Auth<I> extends Extension<{
  keyword: "AUTH";
  capability: readonly string[];
  mail: { AUTH: Submitter };
  verbs: { AUTH: AuthArgs };
  state: AuthState<I>;
}> {}

const check = (
  mechanisms: readonly Mechanism[],
  minMechanism: string | undefined,
  falseSaltKey: Uint8Array | undefined,
): void => {
  const names = mechanisms.map(({ name }) => name);
  const wrong = names.find((name, at) => !isMechanismName(name) || names.indexOf(name) !== at);
  if (wrong !== undefined)
    throw new LocalProtocolError(
      "bad-mechanism",
      `the mechanism ${wrong} is misnamed, or there twice`,
      "RFC 4422 §3.1",
    );
  if (minMechanism !== undefined && !names.includes(minMechanism)) {
    throw new LocalProtocolError(
      "bad-mechanism",
      `the least mechanism ${minMechanism} is not among those that may be used`,
    );
  }
  if (falseSaltKey !== undefined && falseSaltKey.length < 16) {
    throw new LocalProtocolError("bad-key", "falseSaltKey has 16 octets or more");
  }
};

/**
 * AUTH for server and client. The type of the identity follows from `verify`, `lookup` and `authorize`.
 *
 * @throws LocalProtocolError `bad-mechanism` where a mechanism is misnamed or there twice, or `minMechanism` is none of
 * them; `bad-key` where `falseSaltKey` is short.
 *
 * @example
 * const server = auth({ mechanisms: [plain], crypto: nodeCrypto, server: { verify: (shown) => users.find(shown) } });
 * const client = auth({ mechanisms: MECHANISMS, crypto: nodeCrypto, client: { credentials: { name, password } } });
 */
export const auth = <I = never>(options: AuthOptions<I>): Auth<I> => {
  const { mechanisms, crypto, server, client } = options;
  check(mechanisms, client?.minMechanism, server?.falseSaltKey);
  return defineExtension({
    keyword: "AUTH",
    rfc: 4954,
    capability: mechanismList,
    mail: { AUTH: submitter },
    verbs: [authRow],
    memory: {
      scope: "security",
      initial: (): AuthMemory<I> => ({ identity: undefined, mechanism: undefined, name: undefined }),
    },
    ...(server === undefined ? {} : { server: serverHalf(mechanisms, crypto, server) }),
    ...(client === undefined ? {} : { client: clientHalf<I>(mechanisms, crypto, client) }),
  });
};
