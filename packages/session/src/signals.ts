/** What `next()` returns when there is no event. Values, not exceptions: the loop of a host is `while (typeof (e = s.next()) === "object")`. */

/** Everything received was used: call `receive`. */
export const NEED_DATA = "NEED_DATA";

/** A question is open, or a reply is owed: stop reading until it is answered. */
export const PAUSED = "PAUSED";
