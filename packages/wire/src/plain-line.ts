/**
 * The line that nearly every command is: printable US-ASCII, whole within its chunk. One comparison an octet finds its
 * end and says that nothing in it needs a closer look; whatever else there is, `LineReader` reads.
 */
const CR = 13;
const LF = 10;

/**
 * The index of the CRLF that ends the line which begins at `from`; -1 where the line is not whole in the chunk, has
 * more than `limit` octets with its CRLF, or holds anything but %d32-126.
 */
export const plainLineEnd = (chunk: Uint8Array, from: number, limit: number): number => {
  const last = Math.min(chunk.length, from + limit) - 2;
  let at = from;
  while (at <= last) {
    const octet = chunk[at] ?? 0;
    if (octet < 32 || octet > 126) return octet === CR && chunk[at + 1] === LF ? at : -1;
    at++;
  }
  return -1;
};
