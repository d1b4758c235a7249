/** Time as mail writes it (RFC 5322 §3.3): `Mon, 23 Nov 2026 14:55:38 +0100`, local, with a numeric zone. */

const DAYS = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];
const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

const two = (value: number): string => String(value).padStart(2, "0");

/** Writes a time; `zone` is minutes east of UTC, of the machine if not given. */
export const dateTime = (when: Date, zone: number = -when.getTimezoneOffset()): string => {
  const there = new Date(when.getTime() + zone * 60_000);
  const day = `${DAYS[there.getUTCDay()]}, ${there.getUTCDate()} ${MONTHS[there.getUTCMonth()]} ${there.getUTCFullYear()}`;
  const time = [there.getUTCHours(), there.getUTCMinutes(), there.getUTCSeconds()].map(two).join(":");
  const minutes = Math.abs(zone);
  return `${day} ${time} ${zone < 0 ? "-" : "+"}${two(Math.floor(minutes / 60))}${two(minutes % 60)}`;
};
