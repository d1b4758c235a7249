/** The stranger's extension keeps every law; and every law can be broken: for each, a fault that it finds. */
import { type AnySpec, type AnyVerb, type Decoder, type Encoder, ok, reply } from "@posthorn/contract";
import { encodeUtf8 } from "@posthorn/wire";
import { describe, expect, test } from "vitest";
import { strange } from "../session/stranger.ts";
import { lawsOf } from "./samples.ts";

const runs = Number(process.env["POSTHORN_RUNS"] ?? 1);

for (const bulk of [false, true]) {
  describe(`a stranger, content ${bulk ? "by its own verb" : "by DATA"}`, () => {
    for (const law of lawsOf((spec) => spec, { level: 4, limit: 60, name: "casper", window: 3, bulk }, { runs }))
      test(law.name, () => {
        expect(law.check).not.toThrow();
      });
  });
}

type Change = (spec: AnySpec) => AnySpec;

const verbs =
  (name: string, change: (row: AnyVerb) => AnyVerb): Change =>
  (spec) => ({ ...spec, verbs: (spec.verbs ?? []).map((row) => (row.name === name ? change(row) : row)) });

const intake = (name: string, change: (octets: NonNullable<AnyVerb["intake"]>) => object): Change =>
  verbs(name, (row) => (row.intake === undefined ? row : { ...row, intake: { ...row.intake, ...change(row.intake) } }));

const server =
  (change: (half: NonNullable<AnySpec["server"]>) => object): Change =>
  (spec) =>
    spec.server === undefined ? spec : { ...spec, server: { ...spec.server, ...change(spec.server) } };

const client =
  (change: (half: NonNullable<AnySpec["client"]>) => object): Change =>
  (spec) =>
    spec.client === undefined ? spec : { ...spec, client: { ...spec.client, ...change(spec.client) } };

const param =
  (slot: "mail" | "rcpt", name: string, change: object): Change =>
  (spec) => {
    const found = spec[slot]?.[name];
    return found === undefined ? spec : { ...spec, [slot]: { ...spec[slot], [name]: { ...found, ...change } } };
  };

/** A decoder with its steps changed. */
const stepping = (
  inner: Decoder<unknown>,
  step: (self: Decoder<unknown>, inner: Decoder<unknown>, given: readonly [Uint8Array, number, number]) => number,
): Decoder<unknown> => ({
  out: undefined,
  done: false,
  fault: undefined,
  step(...given) {
    return step(this, inner, given);
  },
});

const copy = (self: Decoder<unknown>, inner: Decoder<unknown>): void => {
  self.out = inner.out;
  self.done = inner.done;
  self.fault = inner.fault;
};

/** A blob of which only the last chunk is kept. */
const forgetful = intake("XBLOB", (octets) => ({
  decode: (args: unknown) =>
    stepping(octets.decode(args), (self, inner, [chunk, from, end]) => {
      const to = inner.step(chunk, from, end);
      copy(self, inner);
      if (self.out instanceof Uint8Array) self.out = chunk.slice(from, to);
      return to;
    }),
}));

/** A blob that is put together of views of chunks which were read long ago. */
const keeping = intake("XBLOB", (octets) => ({
  decode: (args: unknown) => {
    const views: Uint8Array[] = [];
    return stepping(octets.decode(args), (self, inner, [chunk, from, end]) => {
      const to = inner.step(chunk, from, end);
      copy(self, inner);
      views.push(chunk.subarray(from, to));
      if (self.out instanceof Uint8Array) self.out = Uint8Array.from(views.flatMap((view) => [...view]));
      return to;
    });
  },
}));

/** A framing that takes an octet of the next command. */
const greedy = intake("XBLOB", (octets) => ({
  decode: (args: unknown) =>
    octets.decode(typeof args === "object" ? { size: 0, ...args, last: false, ...more(args) } : args),
}));

const more = (args: object | null): object =>
  args !== null && "size" in args && typeof args.size === "number" ? { size: args.size + 1 } : {};

/** Content in which each chunk begins with an x. */
const marked = intake("XBULK", (octets) => ({
  decode: (args: unknown) =>
    stepping(octets.decode(args), (self, inner, [chunk, from, end]) => {
      const to = inner.step(chunk, from, end);
      copy(self, inner);
      if (self.out instanceof Uint8Array) self.out = self.out.slice().fill(120, 0, 1);
      return to;
    }),
}));

/** Content that goes through one array, octet by octet, whether that is given away or not. */
const reusing = (gives: boolean): Change =>
  intake("XBULK", (octets) => ({
    decode: (args: unknown) => {
      const array = new Uint8Array(1);
      const decoder = stepping(octets.decode(args), (self, inner, [chunk, from, end]) => {
        const to = inner.step(chunk, from, Math.min(end, from + 1));
        copy(self, inner);
        if (!(self.out instanceof Uint8Array)) return to;
        array.set(self.out);
        self.out = array;
        return to;
      });
      return Object.assign(decoder, { gives });
    },
  }));

const counting = (): Change => {
  let calls = 0;
  return server(() => ({ advertise: () => (calls += 1) % 9 }));
};

/** A name that is kept in the factory. */
const leaking = (): Change => {
  let times = 0;
  return server((half) => ({
    handle: {
      ...half.handle,
      XBULK: () => {
        times += 1;
        return reply(250, "2.0.0", "More");
      },
    },
    admit: { ...half.admit, MAIL: () => (times % 2 === 1 ? reply(550, "5.7.1", "We have met") : undefined) },
  }));
};

const sharing: Change = (spec) => {
  const state = { name: undefined, blobs: 0 };
  return { ...spec, memory: { scope: "security", initial: () => state } };
};

/** An offer in the clear that is believed behind the upgrade. */
const believing = (): Change => {
  let seen = false;
  return client(() => ({
    window: () => {
      seen = true;
      return 1;
    },
    negotiate: undefined,
    prepare: () => (seen ? { refuse: "it was offered once" } : undefined),
  }));
};

/** Text of a caller that goes out beside every codec. */
const echoing: Change = (spec) => {
  let caught = "";
  const wrapped = intake("XBULK", (octets) => ({
    encode: (args: unknown): Encoder<unknown> => {
      const inner = octets.encode(args);
      return { write: (piece) => inner.write(piece), end: () => (inner.end(), encodeUtf8(caught)) };
    },
  }))(spec);
  return client(() => ({
    negotiate: undefined,
    prepare: (message: { readonly to: readonly { readonly params?: { readonly XTAG?: string } }[] }) => {
      caught = message.to[0]?.params?.XTAG?.replaceAll(/[\ud800-\udfff]/g, "") ?? "";
      return undefined;
    },
  }))(wrapped);
};

const throwing: Change = verbs("XTALK", (row) => ({
  ...row,
  get from(): AnyVerb["from"] {
    throw new Error("planted");
  },
}));

const wavering = (): Change => {
  let calls = 0;
  return client(() => ({ window: () => 1 + ((calls += 1) % 3) }));
};

const plants: readonly (readonly [string, RegExp, Change])[] = [
  [
    "a number that is written wrong",
    /^round trip of XPRIO/,
    param("mail", "XPRIO", { encode: (value: number) => `${9 - value}` }),
  ],
  [
    "a codec that throws",
    /^what XPRIO on MAIL reads/,
    param("mail", "XPRIO", { decode: (raw: string) => ok(Number(BigInt(raw))) }),
  ],
  [
    "a value that cannot be written again",
    /^what XPRIO on MAIL reads/,
    param("mail", "XPRIO", { decode: (raw: string | undefined) => ok(Number(raw ?? 0)) }),
  ],
  ["text that is written as it is", /^no echo from XTAG/, param("rcpt", "XTAG", { encode: (value: string) => value })],
  ["too little room", /^XPRIO on MAIL keeps to the room/, param("mail", "XPRIO", { adds: 3 })],
  ["a decoder that looks at chunks", /^round trip of the octets of XBULK/, marked],
  ["a decoder that looks at chunks, with garbage", /^whatever comes, the octets of XBULK/, marked],
  ["a decoder that keeps views", /^round trip of the octets of XBLOB/, keeping],
  ["a decoder that uses again what it gave away", /^round trip of the octets of XBULK/, reusing(true)],
  ["an item of which a part is lost", /^split invariance of the server \(smtp\)/, forgetful],
  ["an item of which a part is lost, late", /^delay invariance of the server \(smtp\)/, forgetful],
  ["a framing that takes what follows", /^octets that were announced are consumed/, greedy],
  ["a framing that ends late", /^one reply a command/, greedy],
  ["a row that throws", /^random octets do the server no harm/, throwing],
  [
    "a window that throws",
    /^random octets do the client no harm/,
    client(() => ({
      window: () => {
        throw new Error("planted");
      },
    })),
  ],
  ["a memory that all sessions share", /^a hello forgets|^an upgrade forgets all/, sharing],
  ["a memory in the factory", /^nothing is remembered beside a session/, leaking()],
  ["an offer that counts", /^what the server's half decides is pure/, counting()],
  [
    "a veto that writes",
    /^what the server's half decides is pure/,
    server((half) => ({
      admit: {
        ...half.admit,
        MAIL: (_args: unknown, _view: unknown, state: { blobs: number }) => {
          state.blobs += 1;
          return undefined;
        },
      },
    })),
  ],
  [
    "a plan that changes the message",
    /^what the client's half decides is pure/,
    client(() => ({
      prepare: (message: { params?: object }) => {
        message.params = { XPRIO: 1 };
        return undefined;
      },
    })),
  ],
  ["a window that wavers", /^split invariance of the client \(smtp\)/, wavering()],
  ["a window that wavers, late", /^delay invariance of the client \(smtp\)/, wavering()],
  ["an offer in the clear that is believed", /^a client forgets at an upgrade/, believing()],
  ["a caller's text beside the codecs", /^nothing that a caller gives/, echoing],
  [
    "a reply amended twice",
    /^amend of XSTRANGE/,
    server(() => ({
      amend: (wire: { readonly lines: readonly string[] }) => ({ ...wire, lines: [...wire.lines, "more"] }),
    })),
  ],
];

describe("a law is broken by", () => {
  test.each(plants)("%s", (_what, name, change) => {
    const told = { level: 4, limit: 60, name: "casper", window: 3, bulk: name.source.includes("caller") };
    const laws = lawsOf(change, told, { runs: 6, seed: 20 }).filter((law) => name.test(law.name));
    expect(laws.length).toBeGreaterThan(0);
    const found = laws.filter((law) => {
      try {
        law.check();
        return false;
      } catch {
        return true;
      }
    });
    expect(found.length).toBeGreaterThan(0);
  });
});

test("who gives nothing away may use an array again", () => {
  const told = { level: 4, limit: 60, name: "casper", window: 3, bulk: true };
  for (const law of lawsOf(reusing(false), told, { runs }).filter(({ name }) => name.includes("the octets of XBULK")))
    expect(law.check).not.toThrow();
});

test("what has no sample is a mistake of the caller", () => {
  expect(() => lawsOf((spec) => ({ ...spec, mail: { ...spec.mail, XNEW: strange().spec } }) as AnySpec)).toThrow(
    /XNEW/,
  );
});
