/**
 * ENHANCEDSTATUSCODES (RFC 2034, RFC 3463).
 *
 * @packageDocumentation
 */
export { enhancedStatusCodes } from "./enhancedstatuscodes.ts";
export type { EnhancedStatusCodes } from "./enhancedstatuscodes.ts";
export { statusOf } from "./status.ts";
