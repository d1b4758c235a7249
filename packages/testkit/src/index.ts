/**
 * What ours are held to, for whoever writes an extension: laws, arbitraries, transcripts, and both machines joined in
 * memory. Names no extension and no runner.
 *
 * @packageDocumentation
 */
export * from "./arbitraries/index.ts";
export { dialogues, type Unit } from "./arbitraries/dialogues.ts";
export { ClientHost, type ClientHostOptions, type Delivery } from "./client-host.ts";
export type { Law, LawOptions } from "./law.ts";
export { compositionLaws, type CompositionSamples, extensionLaws } from "./laws/index.ts";
export { link, type LinkLog, type LinkOptions } from "./link.ts";
export { type Decide, type Question, ServerHost, type ServerHostOptions } from "./server-host.ts";
export {
  type ClientPlayOptions,
  parseTranscript,
  playClient,
  playServer,
  type PlayOptions,
  type Players,
  runTranscript,
  type Step,
  type Transcript,
  transcriptLaw,
} from "./transcript/index.ts";
export type { Samples, Subject, VerbSamples } from "./subject.ts";
export { viewOf } from "./view.ts";
