/**
 * fast-check arbitraries for everything that `@posthorn/wire` reads and writes. What they make is encodable, unless its
 * name says otherwise; `utf8` asks for values of RFC 6531's grammar too.
 */
export * from "./lines.ts";
export * from "./octets.ts";
export * from "./paths.ts";
export * from "./text.ts";
