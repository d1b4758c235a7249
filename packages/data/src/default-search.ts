/** Which search is taken where none is named: by SIMD where the host can, else by words. Chosen by the first that needs it. */
import type { ContentSearch } from "./search.ts";
import { simdSearch } from "./simd-search.ts";
import { wordSearch } from "./word-search.ts";

let chosen: ContentSearch | undefined = undefined;

/** The search that decoders and encoders share if they are given none: `simdSearch()`, or else `wordSearch()`. */
export const defaultSearch = (): ContentSearch => (chosen ??= simdSearch() ?? wordSearch());
