/** Servers and files that a test file uses, taken away behind each test. */
import { afterAll, afterEach } from "vitest";
import { generate } from "selfsigned";
import { FakeServer, type Script } from "./fake-server.ts";
import { Folder } from "./harness.ts";

/** What a test file has. */
export interface Place {
  readonly folder: Folder;
  /** Starts a server. */
  readonly start: (script?: Script, path?: string) => Promise<FakeServer>;
}

/** Called once in a test file. */
export const place = (): Place => {
  const folder = new Folder();
  const servers: FakeServer[] = [];
  afterEach(async () => {
    for (const server of servers.splice(0)) await server.stop();
  });
  afterAll(() => folder.remove());
  return {
    folder,
    start: async (script, path) => {
      const server = await FakeServer.start(script, path);
      servers.push(server);
      return server;
    },
  };
};

/** A certificate for a name, its key and its fingerprint. */
export interface TestCertificate {
  readonly cert: string;
  readonly key: string;
  /** As `--verify` takes it. */
  readonly fingerprint: string;
}

/** Makes a self-signed certificate. */
export const certificate = async (name = "localhost"): Promise<TestCertificate> => {
  const { cert, private: key } = await generate([{ name: "commonName", value: name }], {
    keyType: "ec",
    extensions: [
      {
        name: "subjectAltName",
        altNames: [
          { type: 2, value: name },
          { type: 7, ip: "127.0.0.1" },
        ],
      },
    ],
  });
  const { X509Certificate } = await import("node:crypto");
  return { cert, key, fingerprint: `sha256:${new X509Certificate(cert).fingerprint256}` };
};

/** The arguments of a message from Ada to Bob. */
export const toBob = (server: FakeServer, ...more: readonly string[]): string[] => [
  "send",
  "--server",
  server.at,
  "--from",
  "ada@a.example",
  "--to",
  "bob@b.example",
  ...more,
];
