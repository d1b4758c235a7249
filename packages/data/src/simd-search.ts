/**
 * The search by 16 octets at once, in WebAssembly (wasm/search.wat). Its memory is scratch of the process: octets are
 * copied in, one call looks at them, and what it made is copied out; no view of it leaves a call. The copy costs a
 * third of the whole, and is what makes octets that another thread may change harmless.
 */
import { CR, DOT, LF, LINE_START, TEXT, placeAt, placeBehind, roomFor, withRoom } from "./octets.ts";
import type { ContentSearch, LinePlace, LineSurvey, Unstuffed } from "./search.ts";
import { SIMD_MODULE } from "./simd-module.ts";
import { wordSearch } from "./word-search.ts";

/** What the module gives: its addresses are described in its source. */
interface Kernel {
  find(p: number, end: number, dot: number): number;
  unstuff(p: number, end: number, to: number, strict: number): number;
  expand(p: number, end: number, to: number, dots: number): number;
  lines(p: number, end: number, line: number): number;
}

/** The most octets that are worked on at once. */
const BLOCK = 65_536;
/** What is brought first, where a search may soon end. */
const FIRST = 4096;
/**
 * Two areas, each with room for twice a block and what is read and written beyond it. Before the first there is room for
 * the beginning of a chunk: to copy all of a small one is cheaper than to make a view of its rest.
 */
const HERE: number = 4096 + BLOCK / 8;
const THERE: number = HERE + 2 * BLOCK + 64;
const SPARE = 120;
/** Whether `unstuff` stops where a bare CR or LF shows: the mask of an octet. */
const STRICT = -1;
const LAX = 0;

class Scratch {
  readonly kernel: Kernel;
  readonly octets: Uint8Array;
  readonly #returned: DataView;

  constructor(kernel: Kernel, memory: ArrayBuffer) {
    this.kernel = kernel;
    this.octets = new Uint8Array(memory);
    this.#returned = new DataView(memory, 0, 8);
    // Row m has the indices of the bits that are set in m.
    for (let row = 0; row < 256; row += 1) {
      for (let bit = 0, at = row * 8; bit < 8; bit += 1) if (((row >> bit) & 1) === 1) this.octets[at++] = bit;
    }
  }

  /** What the last call left beside its result. */
  returned(at: 0 | 4): number {
    return this.#returned.getInt32(at, true);
  }

  /** Puts `[from, to)` at `HERE`, behind octets that say what `place` says; or all of a chunk that is `small`. */
  bring(chunk: Uint8Array, from: number, to: number, place: LinePlace, small: number): void {
    if (chunk.length <= small) this.octets.set(chunk, HERE - from);
    else if (from === 0 && to === chunk.length) this.octets.set(chunk, HERE);
    else this.octets.set(new Uint8Array(chunk.buffer, chunk.byteOffset + from, to - from), HERE);
    this.precede(HERE, place);
  }

  /** Writes the two octets before an address. */
  precede(address: number, place: LinePlace): void {
    this.octets[address - 2] = place === LINE_START ? CR : SPARE;
    this.octets[address - 1] = place === LINE_START ? LF : place === TEXT ? SPARE : CR;
  }

  /** Writes sixteen octets of text at an address; without `fill`, which took 95 ns of a small message behind sockets. */
  spare(address: number): void {
    for (let at = address; at < address + 16; at++) this.octets[at] = SPARE;
  }

  /** Writes two octets behind what was brought, that complete a terminator which has begun there. */
  follow(length: number): void {
    this.octets[HERE + length] = this.octets[HERE + length - 1] === CR ? LF : CR;
    this.octets[HERE + length + 1] = LF;
  }
}

class SimdSearch implements ContentSearch {
  readonly #scratch: Scratch;
  readonly #few: ContentSearch;
  readonly #atLeast: number;
  readonly #block: number;
  /** Chunks of at most so many octets are copied whole. */
  readonly #small: number;
  /** Whether the last search went far: so will the next, as a rule. */
  #sparse = true;

  constructor(scratch: Scratch, atLeast: number, block: number) {
    this.#scratch = scratch;
    this.#few = wordSearch();
    this.#atLeast = atLeast;
    this.#block = block;
    this.#small = block >> 3;
  }

  find(chunk: Uint8Array, from: number, end: number, place: LinePlace, dots: boolean): number {
    if (end - from < this.#atLeast) return this.#few.find(chunk, from, end, place, dots);
    const { kernel } = this.#scratch;
    let here = place;
    // Small at first where much was found of late, because the rest is then brought again for the next search.
    let size = this.#sparse ? this.#block : Math.min(this.#block, FIRST);
    for (let i = from; i < end;) {
      const to = Math.min(end, i + size);
      this.#scratch.bring(chunk, i, to, here, this.#small);
      const at = i + kernel.find(HERE - 1, HERE - 1 + to - i, dots ? DOT : LF) - (HERE - 1);
      if (at < to) {
        this.#sparse = at - from >= FIRST;
        return at;
      }
      here = placeBehind(chunk[to - 1]);
      i = to;
      size = this.#block;
    }
    this.#sparse = true;
    return end;
  }

  terminator(chunk: Uint8Array, from: number, end: number, place: LinePlace): number {
    if (end - from < this.#atLeast) return this.#few.terminator(chunk, from, end, place);
    let here = place;
    for (let i = from; i < end;) {
      const to = Math.min(end, i + this.#block);
      const stop = this.#unstuff(chunk, i, to, here, LAX);
      if (stop < to) return stop;
      here = placeAt(chunk, i, to, here);
      i = to;
    }
    return end;
  }

  unstuff(chunk: Uint8Array, from: number, end: number, place: LinePlace, normalize: boolean): Unstuffed {
    if (end - from < this.#atLeast) return this.#few.unstuff(chunk, from, end, place, normalize);
    const scratch = this.#scratch;
    const reached = this.#unstuff(chunk, from, Math.min(end, from + this.#block), place, normalize ? LAX : STRICT);
    const stop = scratch.returned(0);
    if (!normalize) return { octets: scratch.octets.slice(THERE, stop), reached };
    scratch.precede(THERE, place);
    const last = scratch.kernel.expand(THERE - 1, stop - 1, HERE, 0);
    return { octets: scratch.octets.slice(HERE, last), reached };
  }

  /** From `HERE` to `THERE`, of a block at most. */
  #unstuff(chunk: Uint8Array, from: number, to: number, place: LinePlace, strict: number): number {
    const scratch = this.#scratch;
    scratch.bring(chunk, from, to, place, this.#small);
    scratch.follow(to - from);
    return from + scratch.kernel.unstuff(HERE - 2, HERE - 2 + to - from, THERE, strict) - (HERE - 2);
  }

  write(piece: Uint8Array, place: LinePlace, normalize: boolean, dots: boolean): Uint8Array {
    const end = piece.length;
    if (end < this.#atLeast) return this.#few.write(piece, place, normalize, dots);
    const { octets, kernel } = this.#scratch;
    let here = place;
    let into: Uint8Array | undefined = undefined;
    let at = 0;
    for (let i = 0; i < end;) {
      const to = Math.min(end, i + this.#block);
      this.#scratch.bring(piece, i, to, here, this.#small);
      let start = HERE;
      let stop = HERE + to - i;
      if (normalize) {
        stop = kernel.expand(HERE - 1, stop - 1, THERE, 0);
        start = THERE;
        this.#scratch.precede(THERE, here);
      }
      if (dots) {
        const other = start === HERE ? THERE : HERE;
        stop = kernel.expand(start - 1, stop - 1, other, 1);
        start = other;
      }
      if (to - i === end) return octets.slice(start, stop);
      into = withRoom(into ?? roomFor(end), at, stop - start + end - to);
      into.set(octets.subarray(start, stop), at);
      at += stop - start;
      here = placeBehind(piece[to - 1]);
      i = to;
    }
    return into === undefined ? new Uint8Array(0) : into.subarray(0, at);
  }

  survey(piece: Uint8Array, afterCr: boolean, survey: LineSurvey): void {
    const end = piece.length;
    if (end < this.#atLeast) return this.#few.survey(piece, afterCr, survey);
    const scratch = this.#scratch;
    let here: LinePlace = afterCr ? 1 : TEXT;
    for (let i = 0; i < end;) {
      const to = Math.min(end, i + this.#block);
      scratch.bring(piece, i, to, here, this.#small);
      const last = HERE + to - i;
      // Text behind the block, or the LF that a CR at its end may yet get: either shows nothing.
      scratch.spare(last);
      if (piece[to - 1] === CR) scratch.octets[last] = LF;
      // A LF behind the CR that ended the block before ends a line of no octets, as the column is 0 then.
      const longest = scratch.kernel.lines(HERE - 1, last - 1, HERE - 1 - survey.column);
      if (longest > survey.longest) survey.longest = longest;
      survey.column = Math.max(0, last - 1 - scratch.returned(0));
      const seen = scratch.returned(4);
      survey.nul ||= (seen & 1) !== 0;
      survey.bareLf ||= (seen & 2) !== 0;
      survey.bareCr ||= (seen & 4) !== 0;
      survey.eightBit ||= seen > 7;
      here = placeBehind(piece[to - 1]);
      i = to;
    }
  }
}

const isKernel = (exports: object): exports is Kernel =>
  "find" in exports && "unstuff" in exports && "expand" in exports && "lines" in exports;

/** What a host may have. Types of Node's lack it, and those of a browser say that it is always there. */
declare const WebAssembly:
  | {
      readonly Module: new (octets: Uint8Array) => object;
      readonly Memory: new () => { readonly buffer: ArrayBuffer };
      readonly Instance: new (module: object) => { readonly exports: Record<string, unknown> };
    }
  | undefined;

/** One for the process, made when it is first wanted; `null` where that fails. */
let made: Scratch | null | undefined = undefined;

const make = (): Scratch | null => {
  if (typeof WebAssembly === "undefined") return null;
  const octets = new Uint8Array(SIMD_MODULE.length / 2);
  for (let at = 0; at < octets.length; at += 1) {
    octets[at] = Number.parseInt(SIMD_MODULE.slice(2 * at, 2 * at + 2), 16);
  }
  try {
    const { exports } = new WebAssembly.Instance(new WebAssembly.Module(octets));
    const { memory } = exports;
    return isKernel(exports) && memory instanceof WebAssembly.Memory ? new Scratch(exports, memory.buffer) : null;
  } catch {
    // No SIMD, or a policy of the host that forbids to compile.
    return null;
  }
};

/** How the SIMD search is tuned; no result depends on it. */
export interface SimdSearchOptions {
  /** Ranges of fewer octets are searched by words, because they are not worth copying. Default 32. */
  readonly atLeast?: number;
  /** The most octets that are copied at once, from 16 to 65536, which is the default. */
  readonly block?: number;
}

/**
 * A search by SIMD of WebAssembly, or `undefined` where the host has none or does not let it be compiled. The module
 * (1 kB) is compiled by the first call, at once; its 320 KiB of memory are shared by all.
 *
 * @example
 * const search = simdSearch() ?? wordSearch();
 */
export const simdSearch = (options: SimdSearchOptions = {}): ContentSearch | undefined => {
  const { atLeast = 32, block = BLOCK } = options;
  made = made === undefined ? make() : made;
  return made === null ? undefined : new SimdSearch(made, atLeast, Math.max(16, Math.min(BLOCK, Math.trunc(block))));
};
