/**
 * rxjs views of SMTP: event streams, ordered policies, deadlines, retry schedules.
 *
 * @packageDocumentation
 */
export { fromObserved, type Observed } from "./observed.ts";
export { type Opinion, policies, type PoliciesOptions, type Policy, type PolicyHook } from "./policies.ts";
export { deadline, DeadlineError } from "./deadline.ts";
export { delays, postfixSchedule, rfc5321Schedule, type Schedule } from "./delays.ts";
export { backoff, type BackoffOptions } from "./backoff.ts";
