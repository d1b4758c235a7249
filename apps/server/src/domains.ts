/**
 * Domains, for comparing: as A-labels in lower case (UTS 46, not transitional), so that a name and its IDN form are
 * one, and a look-alike is another (A18). What cannot be such a name equals nothing.
 */
import { createRequire } from "node:module";
import type * as Tr46 from "tr46";

const require = createRequire(import.meta.url);

/** Loaded when a name first needs it: its tables are 10 ms of a program's start, and most names are plain. */
const tr46 = (): typeof Tr46 => require("tr46");

const ASCII_ONLY = /^[\0-\x7f]*$/;

const lower = (text: string): string => text.replace(/[A-Z]+/g, (run) => run.toLowerCase()); // ASCII only

/** The domain as it is compared: A-labels in lower case; an address literal in lower case; `undefined` where it is no name. */
export const comparable = (domain: string): string | undefined => {
  if (ASCII_ONLY.test(domain)) return lower(domain);
  const name = tr46().toASCII(domain, {
    checkBidi: true,
    checkHyphens: true,
    checkJoiners: true,
    useSTD3ASCIIRules: true,
    verifyDNSLength: true,
    transitionalProcessing: false,
  });
  return name ?? undefined;
};
