/**
 * rxjs views of SMTP: event streams, ordered policies, deadlines, retry schedules.
 *
 * @packageDocumentation
 */
export { fromObserved, type Observed } from "./observed.ts";
export type { Seen, Source } from "./seen.ts";
export { type SessionEvents, sessions } from "./sessions.ts";
export { type Command, commands } from "./commands.ts";
export { type PhaseChange, phases } from "./phases.ts";
export { type RecipientVerdict, verdicts } from "./verdicts.ts";
export { type Transfer, transfers } from "./transfers.ts";
export { type Opinion, policies, type PoliciesOptions, type Policy, type PolicyHook } from "./policies.ts";
export { deadline, DeadlineError } from "./deadline.ts";
export { delays, postfixSchedule, rfc5321Schedule, type Schedule } from "./delays.ts";
export { backoff, type BackoffOptions } from "./backoff.ts";
