/**
 * A law is a name and a check that throws. No runner is needed, and any will do.
 */
import fc from "fast-check";

/** One law, held to one extension or composition. */
export interface Law {
  readonly name: string;
  /** Runs it. @throws Error with a sentence and the smallest case that breaks it. */
  readonly check: () => void;
}

/** How thoroughly laws are run. */
export interface LawOptions {
  /** A multiple of the usual number of cases, such as `Number(process.env.POSTHORN_RUNS ?? 1)`; 1 where not given. */
  readonly runs?: number;
  /** A seed, to run the same cases again. */
  readonly seed?: number;
}

/** That a law is broken: said inside of a check. */
export const broken = (sentence: string): never => {
  throw new Error(sentence);
};

/** Makes laws of a family, which share options. */
export const lawMaker =
  (options: LawOptions) =>
  <T>(name: string, cases: number, arbitrary: fc.Arbitrary<T>, holds: (value: T) => void): Law => ({
    name,
    check() {
      const parameters = {
        includeErrorInReport: true,
        numRuns: Math.max(1, Math.round(cases * (options.runs ?? 1))),
        ...(options.seed === undefined ? {} : { seed: options.seed }),
      };
      fc.assert(
        fc.property(arbitrary, (value) => {
          holds(value);
        }),
        parameters,
      );
    },
  });

/** Makes laws: name, usual number of cases, arbitrary, check. */
export type LawMaker = ReturnType<typeof lawMaker>;
