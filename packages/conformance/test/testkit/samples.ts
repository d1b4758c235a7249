/** The stranger's extension (`../session/stranger.ts`) as a subject of the laws, with a fault planted or without. */
import { type AnySpec, specOf } from "@posthorn/contract";
import { extensionLaws, type Law, type LawOptions } from "@posthorn/testkit";
import fc from "fast-check";
import { type Piece, strange, type Strange, type StrangeOptions } from "../session/stranger.ts";

const line = fc.string({ unit: fc.constantFrom("a", "B", "7", " ", "~"), minLength: 1, maxLength: 20 });
const named = line.map((text) => `x${text.trimEnd()}`);
const exactly = ({ size }: Piece): fc.Arbitrary<Uint8Array> => fc.uint8Array({ minLength: size, maxLength: size });

/** As it is, with all that it can be told. */
export const options: StrangeOptions = { level: 4, limit: 60, name: "casper", window: 3 };

/** The laws of the stranger's extension, its spec changed. */
export const lawsOf = (
  change: (spec: AnySpec) => AnySpec,
  told: StrangeOptions = options,
  how: LawOptions = {},
): readonly Law[] => {
  const good = strange(told);
  const extension: Strange = { keyword: good.keyword, spec: change(specOf(good)) };
  return extensionLaws(
    {
      extension,
      capability: fc.nat(9),
      mail: { XPRIO: fc.nat(9) },
      rcpt: { XTAG: named.map((text) => text.replaceAll(" ", "_")) },
      verbs: {
        XTALK: { args: named, carries: () => line.map((text) => new TextEncoder().encode(text)) },
        XBLOB: { args: fc.record({ size: fc.nat(20), last: fc.constant(false) }), carries: exactly },
        XBULK: { args: fc.record({ size: fc.nat(30), last: fc.boolean() }), carries: exactly },
      },
    },
    how,
  );
};
