/**
 * Both sides of the SMTP dialogue as machines without I/O, over one table that extensions extend.
 *
 * @packageDocumentation
 */
export { compose, type Composition, type CompositionOptions, type Row, type Veto } from "./compose.ts";
export type { Claim, ParameterTable } from "./parameters.ts";
export type { ContentRules } from "./base.ts";
export { clientLimits, type ClientLimits, serverLimits, type ServerLimits } from "./options.ts";
export { isLegal } from "./phases.ts";
export { NEED_DATA, PAUSED } from "./signals.ts";
