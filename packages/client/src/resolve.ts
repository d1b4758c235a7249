/** From a host to addresses that can be connected to, in the order in which they are tried. */
import { lookup as systemLookup } from "node:dns/promises";
import { isIP } from "node:net";
import { ClientError, sentenceOf, systemCodeOf } from "./errors.ts";
import type { HostAddress, Lookup } from "./options.ts";

/** How many addresses of a host are tried (RFC 5321 §5.1 asks for at least two). */
const ADDRESSES = 5;

const NOT_THERE: ReadonlySet<string> = new Set(["ENOTFOUND", "ENODATA"]);

/** The resolver of the machine. */
export const machineLookup: Lookup = async (host, { family }) => {
  const found = await systemLookup(host, { all: true, family: family ?? 0, order: "verbatim" });
  return found.map(({ address, family: kind }) => ({ address, family: kind === 6 ? 6 : 4 }));
};

/**
 * The addresses of a host. An address is its own.
 * @throws ClientError `host-not-found` where there is no such host, or it has no address of that family; `lookup-failed` where that is not known now.
 */
export const addressesOf = async (
  host: string,
  family: 4 | 6 | undefined,
  lookup: Lookup,
): Promise<readonly HostAddress[]> => {
  const kind = isIP(host);
  let found: readonly HostAddress[];
  try {
    found = kind === 0 ? await lookup(host, { family }) : [{ address: host, family: kind === 6 ? 6 : 4 }];
  } catch (error) {
    const missing = NOT_THERE.has(systemCodeOf(error));
    throw new ClientError(
      missing ? "host-not-found" : "lookup-failed",
      missing ? `there is no host ${host}` : `${host} could not be looked up: ${sentenceOf(error)}`,
      { cause: error, host },
    );
  }
  const usable = found.filter((one) => family === undefined || one.family === family);
  if (usable.length === 0)
    throw new ClientError("host-not-found", `${host} has no ${family === undefined ? "" : `IPv${family} `}address`, {
      host,
    });
  return usable.slice(0, ADDRESSES);
};
