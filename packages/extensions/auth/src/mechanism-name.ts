/** Mechanism names (RFC 4422 §3.1): how one is read, and the list that follows AUTH in the EHLO reply (RFC 4954 §3). */
import { bad, LocalProtocolError, ok, reply } from "@posthorn/contract";
import type { Codec } from "@posthorn/contract";
import { asciiUpper } from "@posthorn/wire";

const NAME = /^[A-Z0-9_-]{1,20}$/;

/** Whether text is a mechanism name as it is written: `sasl-mech = 1*20mech-char`, upper case (RFC 4422 §3.1). */
export const isMechanismName = (text: string): boolean => NAME.test(text);

/** The name that a peer wrote, in upper case, or `undefined` where it is none. */
export const readMechanismName = (text: string): string | undefined => {
  const name = asciiUpper(text);
  return isMechanismName(name) ? name : undefined;
};

/**
 * The capability of AUTH: mechanism names between single spaces, in the order of the server (RFC 4954 §3). Names in
 * lower case are read; a name twice is kept once; a list of none is read, and has no encoding.
 */
export const mechanismList: Codec<readonly string[]> = {
  decode(raw = "") {
    const names = new Set<string>();
    for (const word of raw === "" ? [] : raw.split(" ")) {
      const name = readMechanismName(word);
      if (name === undefined)
        return bad("bad-mechanism", reply(501, "5.5.4", "A list of mechanisms is required"), "RFC 4422 §3.1");
      names.add(name);
    }
    return ok([...names]);
  },
  encode(names) {
    if (names.length > 0 && names.every(isMechanismName) && new Set(names).size === names.length)
      return names.join(" ");
    throw new LocalProtocolError("unencodable", "AUTH is offered with mechanism names, each once", "RFC 4422 §3.1");
  },
};
