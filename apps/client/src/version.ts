/** The version, as the package says it. Read when it is asked for, so that nothing has to be generated. */
import { readFileSync } from "node:fs";

/** Such as `1.2.3`. */
export const version = (): string => {
  const manifest: unknown = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8"));
  const found =
    typeof manifest === "object" && manifest !== null && "version" in manifest ? manifest.version : undefined;
  return typeof found === "string" ? found : "unknown";
};
