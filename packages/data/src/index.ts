/**
 * Content in transit: dots (RFC 5321 §4.5.2), counted octets (RFC 3030 §2), line endings (RFC 5321 §2.3.8).
 *
 * @packageDocumentation
 */
export { countedDecoder, countedEncoder } from "./counted.ts";
export type { CountedDecoderOptions } from "./counted.ts";
export { defaultSearch } from "./default-search.ts";
export { dotDecoder } from "./dot-decoder.ts";
export type { DotDecoderOptions } from "./dot-decoder.ts";
export { dotEncoder } from "./dot-encoder.ts";
export type { DotEncoder, DotEncoderOptions } from "./dot-encoder.ts";
export { dataClass, factsScanner } from "./facts.ts";
export type { ContentFacts, DataClass, FactsScanner } from "./facts.ts";
export { lineEndings } from "./line-endings.ts";
export type { LineEndings } from "./line-endings.ts";
export type { LineEndingPolicy } from "./octets.ts";
export type { ContentSearch, LinePlace, LineSurvey, Unstuffed } from "./search.ts";
export { simdSearch } from "./simd-search.ts";
export type { SimdSearchOptions } from "./simd-search.ts";
export { toCrlf } from "./to-crlf.ts";
export { wordSearch } from "./word-search.ts";
export type { WordSearchOptions } from "./word-search.ts";
