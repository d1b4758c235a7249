/** Types flow from the extensions into hooks, session and observations; what is wrong does not compile. */
import { standardServer } from "@posthorn/esmtp";
import { nodeCrypto } from "@posthorn/node";
import { plain } from "@posthorn/sasl";
import { createServer } from "@posthorn/server";
import { expect, expectTypeOf, test } from "vitest";

const base = { hostname: "mx.example.org", listeners: [] } as const;

test("parameters, states and identities are inferred", () => {
  const verify = (): { readonly id: number } => ({ id: 1 });
  const auth = { mechanisms: [plain], crypto: nodeCrypto, server: { verify } };
  const server = createServer({
    ...base,
    extensions: standardServer({ auth }),
    hooks: {
      mail({ params }, session) {
        expectTypeOf(params.SIZE).toEqualTypeOf<number | undefined>();
        expectTypeOf(params.BODY).toEqualTypeOf<"7BIT" | "8BITMIME" | "BINARYMIME" | undefined>();
        expectTypeOf(session.state.AUTH.identity).toEqualTypeOf<{ readonly id: number } | undefined>();
        // @ts-expect-error -- no extension has this parameter
        void params.NOPE;
      },
      recipient({ params }, { mail }) {
        expectTypeOf(params.ORCPT?.type).toEqualTypeOf<string | undefined>();
        expectTypeOf(mail?.params.RET).toEqualTypeOf<"FULL" | "HDRS" | undefined>();
      },
      // @ts-expect-error -- a reply or nothing
      hello: () => "250 OK",
    },
    observe(event) {
      if (event.type === "recipient") expectTypeOf(event.params?.NOTIFY).not.toBeAny();
    },
  });
  expect(server.connections).toBe(0);
});

test("a tuple that cannot stand is an error that reads as a sentence, and is thrown too", () => {
  const [pipelining] = standardServer();
  // @ts-expect-error -- the extension PIPELINING is composed twice
  expect(() => createServer({ ...base, extensions: [pipelining, pipelining] })).toThrow(/composed twice/);
});
