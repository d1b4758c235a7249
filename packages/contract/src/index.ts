/**
 * The vocabulary of Posthorn: what an extension is, what a verb is, what either side of the dialogue may see and say.
 * Types and a handful of makers; nothing here runs a dialogue, and nothing here depends on anything.
 *
 * @packageDocumentation
 */
export * from "./reply.ts";
export * from "./fault.ts";
export * from "./codec.ts";
export * from "./framing.ts";
export * from "./errors.ts";
export * from "./path.ts";
export * from "./verb.ts";
export * from "./talk.ts";
export * from "./view.ts";
export * from "./message.ts";
export * from "./extension.ts";
export * from "./infer.ts";
