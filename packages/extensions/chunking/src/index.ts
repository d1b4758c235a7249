/**
 * CHUNKING and BINARYMIME (RFC 3030): content in counted pieces, and content that is no text.
 *
 * @packageDocumentation
 */
export { bdat, bdatArgs, strictBdat } from "./bdat.ts";
export type { BdatArgs } from "./bdat.ts";
export { binarymime } from "./binarymime.ts";
export type { Binarymime } from "./binarymime.ts";
export { chunking } from "./chunking.ts";
export type { Chunking, ChunkingOptions } from "./chunking.ts";
