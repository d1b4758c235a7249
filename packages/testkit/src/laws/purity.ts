/**
 * What must be pure is pure: everything of a spec but its handlers and conversations. Each such function is called twice
 * by a watched copy of the extension: the second answer must be the first, and neither may change what it was given.
 */
import { type AnySpec, type Extension, type Reply, reply as makeReply, specOf } from "@posthorn/contract";
import { compose } from "@posthorn/session";
import type fc from "fast-check";
import { dialogues } from "../arbitraries/dialogues.ts";
import { replies } from "../arbitraries/lines.ts";
import { broken, type Law, type LawMaker } from "../law.ts";
import { link } from "../link.ts";
import { holdDialogue } from "../lockstep.ts";
import { show } from "../show.ts";
import { type Ground, withSpec } from "../subject.ts";
import { type Case, cases } from "./message.ts";

/** Where a watched extension was found out: the machines guard what extensions throw, so it is said afterwards. */
type Report = (sentence: string) => void;

/** Calls twice; `given` is what may not change. */
const twice = <T>(name: string, report: Report, given: readonly unknown[], call: () => T): T => {
  const before = show(given);
  const first = call();
  const said = show(first);
  const second = show(call());
  if (second !== said) report(`${name} is not pure: it gave ${said}, then ${second}`);
  if (show(given) !== before) report(`${name} changed what it was given: from ${before} to ${show(given)}`);
  return first;
};

const watchedServer = (spec: AnySpec, report: Report): AnySpec["server"] => {
  const { server, keyword } = spec;
  if (server === undefined) return undefined;
  const admit: Record<string, NonNullable<NonNullable<typeof server.admit>[string]>> = {};
  for (const [name, veto] of Object.entries(server.admit ?? {})) {
    if (veto !== undefined)
      admit[name] = (args, view, state) =>
        twice(`${keyword}: admit.${name}`, report, [args, state], () => veto(args, view, state));
  }
  return {
    ...server,
    admit,
    advertise: (view, state) => twice(`${keyword}: advertise`, report, [state], () => server.advertise(view, state)),
    ...(server.limit === undefined
      ? {}
      : { limit: (view, state) => twice(`${keyword}: limit`, report, [state], () => server.limit?.(view, state)) }),
    ...(server.withheld === undefined
      ? {}
      : {
          withheld: (verb, view, state): Reply =>
            twice(
              `${keyword}: withheld`,
              report,
              [state],
              () => server.withheld?.(verb, view, state) ?? makeReply(502),
            ),
        }),
  };
};

const watchedClient = (spec: AnySpec, report: Report): AnySpec["client"] => {
  const { client, keyword } = spec;
  if (client === undefined) return undefined;
  return {
    ...client,
    ...(client.prepare === undefined
      ? {}
      : {
          prepare: (message, capability, view, state) =>
            twice(`${keyword}: prepare`, report, [message, capability, state], () =>
              client.prepare?.(message, capability, view, state),
            ),
        }),
    ...(client.window === undefined
      ? {}
      : {
          window: (capability) =>
            twice(`${keyword}: window`, report, [capability], () => client.window?.(capability) ?? 1),
        }),
    ...(client.content === undefined
      ? {}
      : {
          content: (capability, facts) =>
            twice(`${keyword}: content`, report, [capability, facts], () => client.content?.(capability, facts)),
        }),
  };
};

const watched = (extension: Extension, report: Report): Extension =>
  withSpec(extension, (spec) => {
    const [server, client] = [watchedServer(spec, report), watchedClient(spec, report)];
    return {
      ...spec,
      ...(server === undefined ? {} : { server }),
      ...(client === undefined ? {} : { client }),
    };
  });

const amends = (extension: Extension, given: Reply): void => {
  const { server, keyword } = specOf(extension);
  const { status, ...bare } = given;
  void status;
  const amend = (wire: Reply): Reply => server?.amend?.(wire, given) ?? wire;
  const before = show([bare, given]);
  const once = amend(bare);
  if (show(amend(bare)) !== show(once)) broken(`${keyword}: amend is not pure with ${show(given)}`);
  if (show([bare, given]) !== before) broken(`${keyword}: amend changed the reply that it was given`);
  if (show(amend(once)) !== show(once))
    broken(`${keyword}: amend amends its own work: ${show(once)}, then ${show(amend(once))}`);
  if (Math.trunc(once.code / 100) !== Math.trunc(given.code / 100))
    broken(`${keyword}: amend made ${once.code} of ${given.code}, which moves the dialogue otherwise`);
};

/** The laws of purity over a ground. */
export const purityLaws = (ground: Ground, law: LawMaker): readonly Law[] => {
  const found: string[] = [];
  const report: Report = (sentence) => void found.push(sentence);
  const all = ground.extensions.map((extension) => watched(extension, report));
  const composition = compose(all);
  const say = (): void => {
    const [first] = found.splice(0);
    if (first !== undefined) broken(first);
  };
  const given: fc.Arbitrary<Case> = cases(ground);
  return [
    law("what the server's half decides is pure", 20, dialogues(ground), (units) => {
      holdDialogue(composition, units);
      say();
    }),
    law("what the client's half decides is pure", 20, given, ({ delivery }) => {
      link(composition, composition, { deliveries: [delivery] });
      say();
    }),
    ...ground.extensions
      .filter((extension) => specOf(extension).server?.amend !== undefined)
      .map((extension) =>
        law(`amend of ${extension.keyword} is pure, and final`, 100, replies(), (reply) => {
          amends(extension, reply);
        }),
      ),
  ];
};
