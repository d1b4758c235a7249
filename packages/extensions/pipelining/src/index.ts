/**
 * PIPELINING, commands in groups (RFC 2920).
 *
 * @packageDocumentation
 */
export { pipelining } from "./pipelining.ts";
export type { Pipelining, PipeliningOptions } from "./pipelining.ts";
