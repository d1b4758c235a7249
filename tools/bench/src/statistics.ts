// The little statistics that a bench needs: medians, since one collection of garbage or one neighbour spoils a mean.

/** The middle value; of an even number the mean of the two; NaN of none. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  if (sorted.length % 2 === 1) return sorted[middle] ?? Number.NaN;
  return ((sorted[middle - 1] ?? Number.NaN) + (sorted[middle] ?? Number.NaN)) / 2;
}

/** How far the values lie around their median, half of them: the distance of the quartiles over the median. */
export function spread(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const quartile = (share: number): number => sorted[Math.round((sorted.length - 1) * share)] ?? Number.NaN;
  return (quartile(0.75) - quartile(0.25)) / median(values);
}

/** The median of the quotients round by round: what drifts from round to round is in both. */
export const pairedRatio = (above: readonly number[], below: readonly number[]): number =>
  median(above.map((value, round) => value / (below[round] ?? Number.NaN)));
