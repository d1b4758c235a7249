/** The hooks of a site beside posthornd's own: whose word counts, and that ours let go of what they hold. */
import { type Reply, reply } from "@posthorn/contract";
import type { ContentSink, Hooks } from "@posthorn/server";
import { describe, expect, test } from "vitest";
import { hooksOf } from "../src/site-hooks.ts";
import { envelope, session } from "./session.ts";

/** What ours is told, and what the message is answered, beside these hooks of a site. */
const deliver = async (site: Hooks): Promise<{ readonly told: readonly string[]; readonly said: unknown }> => {
  const told: string[] = [];
  const ours: ContentSink = {
    write: (octets) => void told.push(`${octets.length} octets`),
    end: () => void told.push("stored"),
    abort: (why) => void told.push(`let go: ${why}`),
  };
  const hooks = hooksOf({
    site,
    recipients: { refusal: () => Promise.resolve(undefined) },
    storage: { open: () => Promise.resolve(ours) },
    announced: Promise.resolve(),
  });
  const sink = await hooks.content?.(envelope, session);
  if (sink === undefined || !("write" in sink)) return { told, said: sink };
  await sink.write(new Uint8Array(3));
  const said: unknown = await Promise.resolve(sink.end?.({ octets: 3, crlf: true })).catch((error: unknown) =>
    String(error),
  );
  return { told, said };
};

const thrown = (): never => {
  throw new Error("injected");
};

const refusal: Reply = reply(554, "5.6.0", "Not here");

describe("a message is", () => {
  test.each<[string, Hooks]>([
    ["nobody minds", {}],
    ["the hook message agrees", { message: () => undefined }],
    ["its sink agrees", { content: () => ({ write: () => false, end: () => undefined }) }],
  ])("stored where %s", async (_, site) => {
    expect(await deliver(site)).toEqual({ told: ["3 octets", "stored"], said: undefined });
  });

  test.each<[string, Hooks]>([
    ["the hook message refuses it", { message: () => refusal }],
    ["its sink refuses it", { content: () => ({ write: () => true, end: () => refusal }) }],
  ])("let go where %s", async (_, site) => {
    expect(await deliver(site)).toEqual({ told: ["3 octets", "let go: refused"], said: refusal });
  });

  test.each<[string, Hooks]>([
    ["the hook message throws", { message: thrown }],
    ["its sink throws at the end", { content: () => ({ write: () => true, end: thrown }) }],
  ])("let go, and the failure told, where %s", async (_, site) => {
    expect(await deliver(site)).toEqual({ told: ["3 octets", "let go: failed"], said: "Error: injected" });
  });

  test("not even begun where the site refuses its content", async () => {
    expect(await deliver({ content: () => refusal })).toEqual({ told: [], said: refusal });
  });
});
