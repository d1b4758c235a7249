/** The version of this program: that of its package. */
import manifest from "../package.json" with { type: "json" };

/** The version, as npm has it. */
export const VERSION: string = manifest.version;
