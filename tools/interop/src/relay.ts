// A mail system in the middle: posthorn sends into it, it sends on into posthornd, and what arrives there is compared
// with what posthorn sent. One case is both: posthorn into the peer, and the peer into posthornd.
import { arrival } from "./arrival.ts";
import type { Bench, Case, Sample } from "./peer.ts";
import { posthorn } from "./receiver.ts";
import { common, international, short } from "./samples.ts";

/** How long a mail system may take to send on. */
const LIMIT = 20_000;

/** What comes from here is sent on by LMTP (RFC 2033); everything else by SMTP. */
export const lmtpSender = "lmtp@demo.example";

/** A relay that is ready. */
export interface Relay {
  readonly port: number;
  /** For the message's file. */
  readonly folder: string;
  readonly fingerprint: string;
  /** Mechanisms of AUTH that it offers over TLS. */
  readonly mechanisms: readonly string[];
}

interface Kind {
  readonly how: string;
  readonly samples: readonly Sample[];
  readonly options: readonly string[];
}

const kindsOf = (bench: Bench, { fingerprint, mechanisms }: Relay): readonly Kind[] => {
  const clear = ["--tls", "none"];
  const secure = ["--tls", "required", "--verify", fingerprint];
  const lmtp = common.map((sample) => ({ ...sample, from: lmtpSender }));
  return [
    { how: "to it, and from it", samples: [...common, ...international], options: clear },
    { how: "to it by DATA", samples: short, options: [...clear, "--without", "CHUNKING"] },
    { how: "to it one by one", samples: short, options: [...clear, "--without", "PIPELINING"] },
    { how: "to it by STARTTLS", samples: short, options: secure },
    ...mechanisms.map((mechanism) => ({
      how: `to it by AUTH ${mechanism}`,
      samples: short,
      options: [...secure, "--auth", mechanism, "--user", bench.user],
    })),
    { how: "from it by LMTP", samples: lmtp, options: clear },
  ];
};

/** The cases of a relay. */
export const relayCases = (bench: Bench, relay: Relay): readonly Case[] =>
  kindsOf(bench, relay).flatMap(({ how, samples, options }) =>
    samples.map((sample) => ({
      name: `${how}: ${sample.name}`,
      run: async () =>
        (await posthorn(sample, { ...relay, options, env: { POSTHORN_PASSWORD: bench.password } })) ??
        (await arrival(bench.reader, sample, LIMIT)),
    })),
  );
