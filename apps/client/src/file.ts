/** Files that the command line names: found out about before anything is dialled, with the option in the message. */
import { createReadStream, type Stats } from "node:fs";
import { readFile, stat } from "node:fs/promises";
import { EXIT, Stop, systemCode } from "./exit.ts";

const WHY: ReadonlyMap<string, string> = new Map([
  ["ENOENT", "no such file"],
  ["ENOTDIR", "no such file"],
  ["EACCES", "not permitted to read it"],
  ["EPERM", "not permitted to read it"],
  ["EISDIR", "it is a folder, not a file"],
  ["ELOOP", "too many symbolic links"],
  ["ENAMETOOLONG", "no such file"],
]);

/** The failure to open or read a file: 66 where it cannot be opened, 74 where reading fails. */
export const unreadable = (option: string, file: string, error: unknown): Stop => {
  const why = WHY.get(systemCode(error));
  const reason = why ?? (error instanceof Error ? error.message : String(error));
  return new Stop(why === undefined ? EXIT.io : EXIT.noInput, `${option} ${file}: ${reason}`, { cause: error });
};

/**
 * What kind of file it is.
 * @throws Stop 66, 74.
 */
export const look = async (option: string, file: string): Promise<Stats> => {
  try {
    const stats = await stat(file);
    if (stats.isDirectory()) throw Object.assign(new Error("a folder"), { code: "EISDIR" });
    return stats;
  } catch (error) {
    throw unreadable(option, file, error);
  }
};

/**
 * All of a file.
 * @throws Stop 66, 74.
 */
export const readWhole = async (option: string, file: string): Promise<Buffer> => {
  try {
    return await readFile(file);
  } catch (error) {
    throw unreadable(option, file, error);
  }
};

/**
 * A file, piece by piece.
 * @throws Stop 66, 74.
 */
export async function* piecesOf(option: string, file: string): AsyncGenerator<Uint8Array, void, void> {
  try {
    const pieces: AsyncIterable<Uint8Array> = createReadStream(file, { highWaterMark: 1_048_576 });
    yield* pieces;
  } catch (error) {
    throw unreadable(option, file, error);
  }
}
