/** Types: what a composition with CHUNKING and BINARYMIME has. Read by the compiler only. */
import type { Checked, Extension, Extensions, ParamsOf, VerbsOf } from "@posthorn/contract";
import { binarymime, chunking } from "../src/index.ts";
import type { BdatArgs } from "../src/index.ts";

interface Eight extends Extension<{ keyword: "8BITMIME"; capability: null; mail: { BODY: "7BIT" | "8BITMIME" } }> {}
declare const eight: Eight;
declare function compose<const X extends Extensions>(o: {
  extensions: X & Checked<X>;
}): {
  mail: ParamsOf<X, "mail">;
  verbs: VerbsOf<X>;
};

const all = compose({ extensions: [eight, chunking(), binarymime()] });
const body: "7BIT" | "8BITMIME" | "BINARYMIME" | undefined = all.mail.BODY;
const args: BdatArgs = all.verbs.BDAT;
void [body, args];
compose({ extensions: [chunking()] });
// @ts-expect-error BINARYMIME requires 8BITMIME
compose({ extensions: [chunking(), binarymime()] });
// @ts-expect-error BINARYMIME requires CHUNKING
compose({ extensions: [eight, binarymime()] });
// @ts-expect-error there is no such preference
chunking({ prefer: "never" });
