// Whether a peer is here: installed, or unpacked by an earlier `--install`; and if not, why.
import { existsSync } from "node:fs";
import { join } from "node:path";
import type { Peer } from "./peer.ts";
import { unpack, unpacked } from "./unpack.ts";
import { installed, machine, obstacle, overlaid, type World } from "./world.ts";

/** A world in which the peer's program is, or the reason why there is none. */
export async function find(peer: Peer, folder: string, install: boolean): Promise<World | { readonly reason: string }> {
  const { program, packages = [], users } = peer;
  if (program === undefined || installed(program) !== undefined) return machine(join(folder, "files"));
  let packed = unpacked(peer.name);
  if (packed === undefined && install) {
    try {
      packed = await unpack(peer.name, packages);
    } catch (error) {
      return { reason: error instanceof Error ? error.message : String(error) };
    }
  }
  if (packed === undefined)
    return { reason: `${program} is not installed (Debian: ${packages.join(", ")}); see --install` };
  if (!existsSync(packed)) return { reason: `${packed} is gone` };
  const reason = await obstacle(packed, join(folder, "trial"));
  return reason === undefined ? overlaid(packed, join(folder, "world"), users) : { reason };
}
