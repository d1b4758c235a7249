/**
 * For `node --import`: notes the URL of every module that a program loads, in the file that `LOADED` names. A process of
 * its own is looked at, so that what the tests themselves have loaded does not count.
 */
import { writeFileSync } from "node:fs";
import { registerHooks } from "node:module";

const urls: string[] = [];
registerHooks({
  load(url, context, next) {
    urls.push(url);
    return next(url, context);
  },
});
process.on("exit", () => {
  writeFileSync(process.env["LOADED"] ?? "", urls.join("\n"));
});
