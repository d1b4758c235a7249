/**
 * Time as mail writes it (RFC 5322 §3.3): `Mon, 23 Nov 2026 14:55:38 +0100`, in local time with a numeric zone
 * (RFC 5321 §4.4 asks for the offset, not for a name).
 */

const DAYS = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];
const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

const two = (value: number): string => String(value).padStart(2, "0");

/**
 * Writes a time.
 * @param zone minutes east of UTC; of the machine if not given
 *
 * @example
 * dateTime(new Date(0), 0); // Thu, 1 Jan 1970 00:00:00 +0000
 */
export const dateTime = (when: Date, zone: number = -when.getTimezoneOffset()): string => {
  const there = new Date(when.getTime() + zone * 60_000);
  const day = `${DAYS[there.getUTCDay()]}, ${there.getUTCDate()} ${MONTHS[there.getUTCMonth()]} ${there.getUTCFullYear()}`;
  const time = [there.getUTCHours(), there.getUTCMinutes(), there.getUTCSeconds()].map(two).join(":");
  const minutes = Math.abs(zone);
  return `${day} ${time} ${zone < 0 ? "-" : "+"}${two(Math.floor(minutes / 60))}${two(minutes % 60)}`;
};
