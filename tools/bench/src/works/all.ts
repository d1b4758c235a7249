// Every work of the bench, in the order in which they are done.
import type { Work } from "../work.ts";
import { bigWorks } from "./big.ts";
import { clientWorks } from "./client.ts";
import { durableWorks } from "./durable.ts";
import { engineWorks } from "./engine.ts";
import { idleWorks } from "./idle.ts";
import { secureWorks } from "./secure.ts";
import { smallWorks } from "./small.ts";
import { startWorks } from "./start.ts";

/** All works. */
export const allWorks: readonly Work[] = [
  ...smallWorks,
  ...bigWorks,
  ...secureWorks,
  ...engineWorks,
  ...clientWorks,
  ...idleWorks,
  ...durableWorks,
  ...startWorks,
];
