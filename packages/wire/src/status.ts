/** Enhanced status codes (RFC 3463 §2): class, subject and detail, with dots between. Read without a regular expression, since every reply has one. */
const DOT = 46;

const isDigit = (unit: number): boolean => unit >= 48 && unit <= 57;

/** The index behind a dot and one to three digits that stand at `from`, or -1. */
const behindNumber = (text: string, from: number): number => {
  if (text.charCodeAt(from) !== DOT) return -1;
  let at = from + 1;
  while (at < from + 4 && isDigit(text.charCodeAt(at))) at++;
  return at === from + 1 ? -1 : at;
};

/** The index behind the enhanced status of a class, 2, 4 or 5, with which text begins; -1 where it begins with none. */
export const endOfStatus = (text: string, cls: number): number => {
  if ((cls !== 2 && cls !== 4 && cls !== 5) || text.charCodeAt(0) - 48 !== cls) return -1;
  const subject = behindNumber(text, 1);
  return subject < 0 ? -1 : behindNumber(text, subject);
};
