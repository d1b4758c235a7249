/** The command line as options of a connection. What they mean, and which defaults are safe, is `@posthorn/client`'s. */
import { X509Certificate } from "node:crypto";
import type { ConnectOptions, Listener, Verify } from "@posthorn/client";
import { STANDARD_KEYWORDS } from "@posthorn/esmtp";
import type { ConnectArguments, SendArguments } from "./arguments.ts";
import { loginOf } from "./credentials.ts";
import { EXIT, Stop } from "./exit.ts";
import { readWhole } from "./file.ts";
import { serverAddress } from "./server-address.ts";
import type { Terminal } from "./terminal.ts";

const verifyOf = (text: string): Verify => {
  if (text === "on") return true;
  if (text === "off") return false;
  const [, digits] = /^sha256:([\da-f:]+)$/i.exec(text) ?? [];
  if (digits?.replaceAll(":", "").length === 64) return `sha256:${digits}`;
  throw new Stop(
    EXIT.usage,
    `--verify ${JSON.stringify(text)}: write on, off, or sha256: and the 64 hex digits of a fingerprint`,
  );
};

const authorities = async (file: string): Promise<string> => {
  const pem = (await readWhole("--ca", file)).toString("utf8");
  try {
    void new X509Certificate(pem);
    return pem;
  } catch (error) {
    throw new Stop(EXIT.config, `--ca ${file}: no certificate in PEM form (-----BEGIN CERTIFICATE-----)`, {
      cause: error,
    });
  }
};

const familyOf = ({ ipv4, ipv6 }: ConnectArguments): 4 | 6 | undefined => {
  if (ipv4 === true && ipv6 === true)
    throw new Stop(EXIT.usage, "--ipv4 and --ipv6 exclude each other: leave out both to use either");
  return ipv4 === true ? 4 : ipv6 === true ? 6 : undefined;
};

const keywords = (given: readonly string[]): readonly string[] =>
  given.map((keyword) => {
    const known = STANDARD_KEYWORDS.find((one) => one === keyword.toUpperCase());
    if (known !== undefined) return known;
    throw new Stop(
      EXIT.usage,
      `--without ${JSON.stringify(keyword)}: no such extension here; there are ${STANDARD_KEYWORDS.join(", ")}`,
    );
  });

/** RFC 2033 §5: LMTP has no port of its own, and must not use SMTP's. */
const checkLmtp = (target: ReturnType<typeof serverAddress>): void => {
  if ("path" in target || (target.port !== undefined && target.port !== 25)) return;
  throw new Stop(EXIT.usage, "--lmtp: name a port other than 25, or the path of a socket (RFC 2033 §5)");
};

/**
 * Options for `connect`, without credentials.
 * @throws Stop 64, 66, 74, 78.
 */
export const connectOptions = async (
  server: string,
  args: ConnectArguments,
  observe: Listener | undefined,
  signal: AbortSignal,
): Promise<ConnectOptions> => {
  const target = serverAddress(server);
  if (args.lmtp === true) checkLmtp(target);
  return {
    ...target,
    protocol: args.lmtp === true ? "lmtp" : "smtp",
    family: familyOf(args),
    tls: args.tls,
    verify: args.verify === undefined ? undefined : verifyOf(args.verify),
    ca: args.ca === undefined ? undefined : await authorities(args.ca),
    servername: args.servername,
    resume: false, // nobody comes after: what it takes to recognise a server again is 10 ms of a program's start
    name: args.helo,
    observe,
    signal,
  };
};

/**
 * Options for `connect`, for sending.
 * @throws Stop 64, 66, 74, 78.
 */
export const sendConnectOptions = async (
  args: SendArguments,
  observe: Listener | undefined,
  terminal: Terminal,
): Promise<ConnectOptions> => ({
  ...(await connectOptions(args.server, args, observe, terminal.signal)),
  ...(await loginOf(args, terminal)),
  authInClear: args.authInClear,
  without: keywords(args.without ?? []),
});
