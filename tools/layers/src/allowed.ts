// What is allowed although a rule forbids it: each entry one finding of one package, with its reason.
// An entry that nothing needs any longer is itself a finding.

/** An exception from one rule. */
export interface Allowed {
  /** The package's name. */
  readonly package: string;
  /** The rule's name, as findings show it. */
  readonly rule: string;
  /** Text that the finding contains. */
  readonly what: string;
  /** Why it is right here. */
  readonly because: string;
}

/** The exceptions of this workspace. */
export const allowed: readonly Allowed[] = [];
