/**
 * 8BITMIME, 8-bit MIME transport (RFC 6152).
 *
 * @packageDocumentation
 */
export { eightBitMime } from "./eightbitmime.ts";
export type { EightBitBody, EightBitMime } from "./eightbitmime.ts";
