/**
 * Who to authenticate as: `--auth`, `--user`, and a secret from a file or the environment, never from an argument that
 * every process of the machine could read.
 */
import { type ClientCredentials, type Mechanism, MECHANISMS } from "@posthorn/sasl";
import type { SendArguments } from "./arguments.ts";
import { EXIT, Stop } from "./exit.ts";
import { readWhole } from "./file.ts";
import type { Terminal } from "./terminal.ts";

/** What `connect` is given. */
export interface Login {
  readonly credentials?: ClientCredentials;
  readonly mechanisms?: readonly Mechanism[];
}

const mechanismOf = (name: string): Mechanism => {
  const found = MECHANISMS.find((mechanism) => mechanism.name === name.toUpperCase());
  if (found !== undefined) return found;
  const names = MECHANISMS.map((mechanism) => mechanism.name).join(", ");
  throw new Stop(EXIT.usage, `--auth ${JSON.stringify(name)}: no such mechanism; there are ${names}`);
};

/** The first line of a file, without its ending. */
const firstLine = async (file: string): Promise<string> => {
  const text = (await readWhole("--password-file", file)).toString("utf8");
  const [line = ""] = text.split(/\r?\n/, 1);
  if (line === "")
    throw new Stop(EXIT.config, `--password-file ${file}: its first line is empty; write the password there`);
  return line;
};

const secretOf = async ({ passwordFile }: SendArguments, { env }: Terminal, what: string): Promise<string> => {
  if (passwordFile !== undefined) return firstLine(passwordFile);
  const secret = env["POSTHORN_PASSWORD"];
  if (secret !== undefined && secret !== "") return secret;
  throw new Stop(EXIT.usage, `no ${what}: name a file with --password-file, or set POSTHORN_PASSWORD`);
};

const userOf = ({ user, auth }: SendArguments): string => {
  if (user !== undefined && user !== "") return user;
  throw new Stop(EXIT.usage, `--auth ${auth ?? ""} needs --user NAME`);
};

const credentialsFor = async (uses: string, args: SendArguments, terminal: Terminal): Promise<ClientCredentials> => {
  const { user } = args;
  switch (uses) {
    case "external":
      return user === undefined ? { external: true } : { external: true, authzid: user };
    case "anonymous":
      return { trace: user ?? "" };
    case "token": {
      const token = await secretOf(args, terminal, "token");
      return user === undefined ? { token } : { name: user, token };
    }
    default:
      return { name: userOf(args), password: await secretOf(args, terminal, "password") };
  }
};

/**
 * What the command line says about authentication; nothing where it says nothing.
 * @throws Stop 64, 66, 74, 78.
 */
export const loginOf = async (args: SendArguments, terminal: Terminal): Promise<Login> => {
  const { auth, user, passwordFile, without = [] } = args;
  if (auth === undefined && user === undefined) {
    if (passwordFile !== undefined) throw new Stop(EXIT.usage, "--password-file needs --user NAME");
    return {};
  }
  if (without.some((keyword) => keyword.toUpperCase() === "AUTH"))
    throw new Stop(EXIT.usage, "--without AUTH leaves nothing to log in by: leave out --auth and --user");
  const mechanism = auth === undefined ? undefined : mechanismOf(auth);
  const credentials = await credentialsFor(mechanism?.uses ?? "password", args, terminal);
  return mechanism === undefined ? { credentials } : { credentials, mechanisms: [mechanism] };
};
