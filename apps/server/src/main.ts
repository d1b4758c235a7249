#!/usr/bin/env node
/**
 * The program. What only says who it is does not load what serves. Deliveries wait for the disk and logins for PBKDF2 on libuv's threads: it has more of them than the four
 * that Node begins with, and their number must stand before the first is used.
 */
process.env["UV_THREADPOOL_SIZE"] ??= "16";
process.stdout.on("error", () => undefined); // who started us need not read to the end
process.stderr.on("error", () => undefined);

const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
if (major < 22 || (major === 22 && minor < 18)) {
  process.stderr.write(`posthornd: it needs Node 22.18 or later, and this is ${process.version}\n`);
  process.exit(69);
}

const [first, ...others] = process.argv.slice(2);
if (first === "--version" && others.length === 0) {
  const { VERSION } = await import("./version.ts");
  process.stdout.write(`${VERSION}\n`);
} else {
  const { main } = await import("./run.ts");
  process.exit(await main(process.argv.slice(2)));
}
