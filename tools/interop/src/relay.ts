// A mail system in the middle: posthorn sends into it, it sends on into posthornd, and what arrives there is compared
// with what posthorn sent. One case is both: posthorn into the peer, and the peer into posthornd.
import { arrival } from "./arrival.ts";
import type { Bench, Case } from "./peer.ts";
import { posthorn } from "./receiver.ts";
import { common, international, short } from "./samples.ts";

/** How long a mail system may take to send on. */
const LIMIT = 20_000;

/** The cases of a relay that listens on `port`. */
export const relayCases = (bench: Bench, port: number, folder: string): readonly Case[] =>
  [
    { how: "posthorn to it, it to posthornd", samples: [...common, ...international], options: [] },
    { how: "the same by DATA", samples: short, options: ["--without", "CHUNKING"] },
    { how: "the same one by one", samples: short, options: ["--without", "PIPELINING"] },
  ].flatMap(({ how, samples, options }) =>
    samples.map((sample) => ({
      name: `${how}: ${sample.name}`,
      run: async () =>
        (await posthorn(sample, { port, folder, options: ["--tls", "none", ...options] })) ??
        (await arrival(bench.reader, sample, LIMIT)),
    })),
  );
