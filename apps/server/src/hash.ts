/**
 * `posthornd hash`: one line of standard input is a password, and what is printed are its SCRAM verifiers, for a line
 * `name:verifiers` of the users file. On a terminal it is asked for, and what is typed is not shown.
 */
import { createInterface } from "node:readline";
import { Writable } from "node:stream";
import type { Readable } from "node:stream";
import { LocalProtocolError } from "@posthorn/contract";
import { nodeCrypto } from "@posthorn/node";
import { formatVerifiers, verifiers } from "@posthorn/sasl";
import { decodeUtf8 } from "@posthorn/wire";
import { EXIT, Stop } from "./exit.ts";

/** No line of AUTH holds a longer one (RFC 4954 §4). */
const LONGEST = 12_288;

/** What the octets of a first line mean. @throws Stop 65 where they are no text */
const textOf = (octets: Uint8Array): string => {
  const text = decodeUtf8(octets);
  if (text === undefined) throw new Stop(EXIT.data, "hash: the password is not UTF-8");
  return text.endsWith("\r") ? text.slice(0, -1) : text;
};

/** The first line of a stream, without its ending. */
const firstLine = async (input: AsyncIterable<Buffer | string>): Promise<string> => {
  const parts: Buffer[] = [];
  let length = 0;
  for await (const chunk of input) {
    const octets = typeof chunk === "string" ? Buffer.from(chunk) : chunk;
    const end = octets.indexOf(10);
    parts.push(end < 0 ? octets : octets.subarray(0, end));
    length += octets.length;
    if (end >= 0) break;
    if (length > LONGEST) throw new Stop(EXIT.data, `hash: no password is longer than ${LONGEST} octets`);
  }
  return textOf(Buffer.concat(parts));
};

/** Asks on a terminal, showing nothing of what is typed. */
const asked = (input: Readable, output: NodeJS.WritableStream): Promise<string> =>
  new Promise((resolve, reject) => {
    const silent = new Writable({ write: (_chunk, _encoding, done) => done() });
    const lines = createInterface({ input, output: silent, terminal: true });
    output.write("Password: ");
    lines.once("line", (line) => {
      resolve(line);
      lines.close();
    });
    lines.once("SIGINT", () => lines.close());
    lines.once("close", () => {
      output.write("\n");
      reject(new Stop(EXIT.usage, "hash: no password was given")); // by Ctrl-C or Ctrl-D, if by then there is none
    });
  });

/**
 * The verifiers of the password that `input` has in its first line.
 * @throws Stop 65 where that is no password
 */
export const hash = async (
  input: Readable & { readonly isTTY?: boolean },
  output: NodeJS.WritableStream,
): Promise<string> => {
  const password = input.isTTY === true ? await asked(input, output) : await firstLine(input);
  if (password === "") throw new Stop(EXIT.data, "hash: give a password, in one line of standard input");
  try {
    return formatVerifiers(await verifiers(password, {}, nodeCrypto));
  } catch (error) {
    if (!(error instanceof LocalProtocolError)) throw error;
    throw new Stop(
      EXIT.data,
      "hash: the password has characters that RFC 4013 prohibits (controls, unassigned or mixed directions)",
    );
  }
};
