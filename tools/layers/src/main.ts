// The layer check as a command: prints every finding, exits 1 if there is one.
import { packagesOf, root } from "@posthorn/workspace";
import { allowed } from "./allowed.ts";
import { check } from "./check.ts";

const findings = check(root, allowed);
for (const { where, rule, what } of findings) console.error(`${where}  ${rule}: ${what}`);
if (findings.length > 0) process.exitCode = 1;
else console.log(`${packagesOf(root).length} packages keep their layers`);
