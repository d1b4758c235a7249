/**
 * When a worker that ended is started again. One that had run for a while: at once. One that had not: later each time,
 * so that what kills it at every start costs little.
 */

/** A worker that has run this long, in milliseconds, was sound: its end says nothing of the next one's. */
export const SOUND = 10_000;

/** After how many starts in a row that came to nothing it is given up, where nobody is served. */
export const TRIES = 4;

const FIRST = 100;
const MOST = 10_000;

/** How long to wait, in milliseconds, after so many short lives in a row. */
export const pauseAfter = (shortLives: number): number =>
  shortLives === 0 ? 0 : Math.min(FIRST * 2 ** (shortLives - 1), MOST);
