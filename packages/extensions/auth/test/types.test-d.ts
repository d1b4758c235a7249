/** Types: what the store returns is what the session has; misuse does not compile. Read by the compiler only. */
import type { Checked, Extension, Extensions, ParamsOf, StateOf, CapabilitiesOf, VerbsOf } from "@posthorn/contract";
import { plain } from "@posthorn/sasl";
import type { Credentials, SaslCrypto } from "@posthorn/sasl";
import { auth } from "../src/index.ts";
import type { Auth, AuthArgs, Submitter } from "../src/index.ts";

declare const crypto: SaslCrypto;
declare const users: ReadonlyMap<string, { readonly id: number }>;
declare function compose<const X extends Extensions>(o: {
  extensions: X & Checked<X>;
}): {
  mail: ParamsOf<X, "mail">;
  state: StateOf<X>;
  verbs: VerbsOf<X>;
};
const nameOf = (shown: Credentials): string => (shown.type === "password" ? shown.name : "");

// By verify, at once.
const one = compose({
  extensions: [auth({ mechanisms: [plain], crypto, server: { verify: (shown) => users.get(nameOf(shown)) } })],
});
const id: number | undefined = one.state.AUTH.identity?.id;
const mechanism: string | undefined = one.state.AUTH.mechanism;
const from: Submitter | undefined = one.mail.AUTH;
declare const capabilities: CapabilitiesOf<readonly [Auth<string>]>;
const offered: readonly string[] | undefined = capabilities.AUTH;
const args: AuthArgs = one.verbs.AUTH;
void [id, mechanism, from, offered, args];
// @ts-expect-error the identity is an object with an id
const wrong: string | undefined = one.state.AUTH.identity;
void wrong;
// @ts-expect-error nobody writes it from outside
one.state.AUTH.identity = undefined;

// By verify, later; by lookup; by all three.
const two = auth({ mechanisms: [plain], crypto, server: { verify: async (shown) => users.get(nameOf(shown)) } });
const three = auth({
  mechanisms: [plain],
  crypto,
  server: { lookup: async (name) => (name === "tim" ? { identity: { uid: 7n } } : undefined) },
});
const four = auth({
  mechanisms: [plain],
  crypto,
  server: {
    verify: async (shown) => users.get(nameOf(shown)),
    lookup: (name) => (users.has(name) ? { identity: { id: 1 } } : undefined),
    authorize: (identity, _name, authzid) => (authzid === "x" ? identity : undefined),
  },
});
const later: number | undefined = compose({ extensions: [two] }).state.AUTH.identity?.id;
const uid: bigint | undefined = compose({ extensions: [three] }).state.AUTH.identity?.uid;
const all: number | undefined = compose({ extensions: [four] }).state.AUTH.identity?.id;
void [later, uid, all];

// A client knows of no identity.
const client: Auth<never> = auth({
  mechanisms: [plain],
  crypto,
  client: { credentials: { name: "tim", password: "p" } },
});
type Same<A, B> = [A, B] extends [B, A] ? true : false;
const nobody: Same<StateOf<readonly [typeof client]>["AUTH"]["identity"], undefined> = true;
void nobody;
const any: Extension = client;
void any;

// @ts-expect-error composed twice
compose({ extensions: [client, two] });
// @ts-expect-error verify and lookup do not agree on what an identity is
auth({ mechanisms: [plain], crypto, server: { verify: () => "tim", lookup: () => ({ identity: 7 }) } });
// @ts-expect-error credentials are required
auth({ mechanisms: [plain], crypto, client: {} });
