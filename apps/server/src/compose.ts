/** The extensions of a server: the standard ones, AUTH where there are users, the site's own, without those left out. */
import { type Extension, specOf } from "@posthorn/contract";
import { standardServer } from "@posthorn/esmtp";
import { without } from "@posthorn/session";
import { nodeCrypto } from "@posthorn/node";
import { MECHANISMS } from "@posthorn/sasl";
import type { Accounts } from "./accounts.ts";
import type { Settings } from "./settings.ts";

/** An extension that is not offered: SIZE left out, so that the bound of a message holds nonetheless. */
const unoffered = (extension: Extension): Extension => {
  const spec = specOf(extension);
  return { ...extension, spec: { ...spec, server: { ...spec.server, advertise: () => undefined } } };
};

/** The extensions that settings and users make. */
export const extensionsOf = (settings: Settings, accounts: Accounts | undefined): readonly Extension[] => {
  const strictBdat = settings.lineEndings === "strict";
  const { maxSize, hostname, authInClear: inClear, authFailures: maxFailures } = settings;
  const standard: readonly Extension[] =
    accounts === undefined
      ? standardServer({ maxSize, strictBdat })
      : standardServer({
          maxSize,
          strictBdat,
          auth: {
            mechanisms: MECHANISMS,
            crypto: nodeCrypto,
            server: {
              ...accounts.store,
              inClear,
              maxFailures,
              hostname,
              falseSaltKey: accounts.falseSaltKey,
              ...(accounts.rounds === undefined ? {} : { rounds: accounts.rounds }),
            },
          },
        });
  const left = without([...standard, ...settings.extensions], settings.without);
  const bound = standard.filter(({ keyword }) => keyword === "SIZE" && maxSize > 0);
  return left.some(({ keyword }) => keyword === "SIZE") ? left : [...left, ...bound.map(unoffered)];
};
