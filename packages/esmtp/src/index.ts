/**
 * The standard set of ESMTP extensions, ready to compose.
 *
 * @packageDocumentation
 */
export { STANDARD_KEYWORDS, standardClient, standardServer } from "./standard.ts";
export type { Standard, StandardClientOptions, StandardServerOptions, StandardWithAuth, WithAuth } from "./standard.ts";
