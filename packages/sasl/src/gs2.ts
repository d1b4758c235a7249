/**
 * The GS2 header (RFC 5801 §4), which SCRAM (RFC 5802 §7) and OAUTHBEARER (RFC 7628 §3.1) begin with:
 * `flag , [a=authzid] ,`, where the flag says what the client thinks of channel binding.
 */

/** A GS2 header. */
export interface Gs2Header {
  /** `n`: the client does not bind; `y`: it could, but thinks that the server cannot; else the type of its binding. */
  readonly flag: "n" | "y" | { readonly type: string };
  /** Whom to act as; empty where the client did not say. */
  readonly authzid: string;
  /** How many characters of the message the header is, with its last comma. */
  readonly length: number;
}

/** Reads the header in front of a message; `undefined` where there is none. */
export const readGs2 = (message: string): Gs2Header | undefined => {
  const first = message.indexOf(",");
  const second = message.indexOf(",", first + 1);
  if (first < 1 || second < 0) return undefined;
  const flag = flagOf(message.slice(0, first));
  const field = message.slice(first + 1, second);
  const authzid = field === "" ? "" : field.startsWith("a=") ? fromSaslname(field.slice(2)) : undefined;
  return flag === undefined || authzid === undefined ? undefined : { flag, authzid, length: second + 1 };
};

/** Writes a header; `flag` as it stands on the wire: `n`, `y` or `p=` and the type. */
export const writeGs2 = (flag: string, authzid: string): string =>
  `${flag},${authzid === "" ? "" : `a=${toSaslname(authzid)}`},`;

/** A `saslname`: a name in which `,` and `=` are escaped (RFC 5802 §5.1). */
export const toSaslname = (name: string): string => name.replaceAll("=", "=3D").replaceAll(",", "=2C");

/** The name of a `saslname`; `undefined` where it is empty, or a `=` does not begin an escape. */
export const fromSaslname = (text: string): string | undefined => {
  if (text === "") return undefined;
  const [head = "", ...rest] = text.split("=");
  const pieces = [head];
  for (const piece of rest) {
    const code = piece.slice(0, 2);
    if (code !== "3D" && code !== "2C" && code !== "3d" && code !== "2c") return undefined;
    pieces.push(code.startsWith("3") ? "=" : ",", piece.slice(2));
  }
  return pieces.join("");
};

const flagOf = (text: string): Gs2Header["flag"] | undefined => {
  if (text === "n" || text === "y") return text;
  return /^p=[A-Za-z0-9.-]+$/.test(text) ? { type: text.slice(2) } : undefined;
};
