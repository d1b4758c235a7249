/** The core suites once more, with one read buffer for all connections; the other files have each read in memory of its own. */
process.env["POSTHORN_SHARED_READ_BUFFER"] = "1";

await import("./plain.test.ts");
await import("./crlf.test.ts");
await import("./flow.test.ts");
await import("./hooks.test.ts");
await import("./end.test.ts");
await import("./time.test.ts");
await import("./tls.test.ts");
await import("./memory.test.ts");
