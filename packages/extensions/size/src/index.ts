/**
 * SIZE, message size declaration (RFC 1870).
 *
 * @packageDocumentation
 */
export { size } from "./size.ts";
export type { Size, SizeOptions } from "./size.ts";
