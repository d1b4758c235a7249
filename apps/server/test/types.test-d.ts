/** What `defineConfig` infers, and what must not compile. */
import { defineExtension, reply } from "@posthorn/contract";
import type { Extension, Param } from "@posthorn/contract";
import { standardServer } from "@posthorn/esmtp";
import { none } from "@posthorn/wire";
import { defineConfig } from "../src/index.ts";

const [, size] = standardServer();
declare const priority: Param<number>;
interface Priority extends Extension<{ keyword: "MT-PRIORITY"; capability: null; mail: { "MT-PRIORITY": number } }> {}
const mtPriority: Priority = defineExtension({
  keyword: "MT-PRIORITY",
  rfc: 6710,
  capability: none,
  mail: { "MT-PRIORITY": priority },
});

defineConfig({
  extensions: [mtPriority],
  hooks: {
    mail({ params }, session) {
      const level: number | undefined = params["MT-PRIORITY"];
      const ret: "FULL" | "HDRS" | undefined = params.RET;
      const user: string | undefined = session.state.AUTH.identity;
      return level === ret && user === undefined ? reply(550, "5.7.0", "No") : undefined;
    },
    recipient: ({ params }) => (params.NOTIFY?.[0] === "NEVER" ? reply(550, "5.7.0", "No") : undefined),
  },
});

// @ts-expect-error a parameter that nobody composed
defineConfig({ hooks: { mail: ({ params }) => void params["MT-PRIORITY"] } });
// @ts-expect-error SIZE is among the standard extensions
defineConfig({ extensions: [size] });
// @ts-expect-error a hook answers by a reply
defineConfig({ hooks: { mail: () => "250 OK" } });
// @ts-expect-error there is no such limit
defineConfig({ limits: { speed: 1 } });
// @ts-expect-error there is no such key
defineConfig({ maildirs: "x" });
