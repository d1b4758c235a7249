/**
 * The parameters of MAIL or of RCPT that a composition has, by keyword. One keyword has one owner, unless all its
 * owners declare closed sets of values that are disjoint: then the value tells whose it is (BODY: RFC 6152, RFC 3030).
 */
import { type AnySpec, CompositionError, type Param } from "@posthorn/contract";
import { asciiUpper, isKeyword } from "@posthorn/wire";

/** One extension's claim to a parameter. */
export interface Claim {
  /** The extension's place in the composition. */
  readonly owner: number;
  /** In upper case. */
  readonly keyword: string;
  readonly param: Param<unknown>;
}

/** All parameters of one verb. */
export type ParameterTable = ReadonlyMap<string, readonly Claim[]>;

const disjoint = (a: readonly string[], b: readonly string[]): boolean => !a.some((token) => b.includes(token));

const canShare = (claims: readonly Claim[], param: Param<unknown>): boolean => {
  const { tokens } = param;
  return (
    tokens !== undefined &&
    claims.every((claim) => claim.param.tokens !== undefined && disjoint(claim.param.tokens, tokens))
  );
};

/**
 * Collects the parameters of one verb.
 * @throws CompositionError `bad-parameter` or `parameter-clash`.
 */
export const parameterTable = (specs: readonly AnySpec[], slot: "mail" | "rcpt"): ParameterTable => {
  const table = new Map<string, Claim[]>();
  for (const [owner, spec] of specs.entries()) {
    const parameters: Readonly<Record<string, Param<unknown>>> = spec[slot] ?? {};
    for (const [keyword, param] of Object.entries(parameters)) {
      if (!isKeyword(keyword) || keyword !== asciiUpper(keyword)) {
        throw new CompositionError(
          "bad-parameter",
          `the extension ${spec.keyword} contributes the parameter "${keyword}", which is no keyword in upper case (RFC 5321 §4.1.2)`,
        );
      }
      const claims = table.get(keyword) ?? [];
      const [other] = claims;
      if (other !== undefined && !canShare(claims, param)) {
        throw new CompositionError(
          "parameter-clash",
          `the extensions ${specs[other.owner]?.keyword} and ${spec.keyword} both contribute the parameter ${keyword}`,
        );
      }
      table.set(keyword, [...claims, { owner, keyword, param }]);
    }
  }
  return table;
};

/** Whose a value is. For a value that is in nobody's set of tokens, the first claim, so that its codec says what is wrong. */
export const claimOf = (claims: readonly Claim[], value: unknown): Claim | undefined => {
  if (claims.length === 1) return claims[0];
  if (typeof value !== "string") return claims[0];
  const token = asciiUpper(value);
  for (const claim of claims) for (const own of claim.param.tokens ?? []) if (own === token) return claim;
  return claims[0];
};

/** What the parameters add to the longest command line, in octets; those that share a keyword count once. */
export const addedOctets = (table: ParameterTable): number => {
  let octets = 0;
  for (const claims of table.values()) octets += Math.max(...claims.map((claim) => claim.param.adds));
  return octets;
};
