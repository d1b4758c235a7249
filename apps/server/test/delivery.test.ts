/** Deliveries: durable before visible, all or nothing, whichever call of the file system fails. */
import { constants, mkdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import path from "node:path";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Delivery } from "../src/maildir/delivery.ts";
import { type Disk, keepBy, nodeDisk, writeAll } from "../src/maildir/disk.ts";
import { FolderSyncs } from "../src/maildir/folder-syncs.ts";
import { Mailboxes } from "../src/maildir/mailboxes.ts";
import { parseTemplate } from "../src/maildir/template.ts";
import { WriteBuffer } from "../src/maildir/write-buffer.ts";
import { filesIn, newFolder } from "./folder.ts";

const runs = 20 * Number(process.env["POSTHORN_RUNS"] ?? 1);
const at = (local: string) => ({ local, domain: "example.org" });

/** The file system, with a word before each call. */
const told = (before: (call: string) => void): Disk => {
  const call = <A extends unknown[], R>(name: string, run: (...args: A) => Promise<R>) => {
    return async (...args: A): Promise<R> => {
      before(`${name} ${typeof args[0] === "string" ? args[0] : ""}`);
      return run(...args);
    };
  };
  return {
    create: call("create", async (file: string) => {
      const draft = await nodeDisk.create(file);
      return {
        write: call("write", (octets: Uint8Array) => draft.write(octets)),
        read: (into, position) => draft.read(into, position),
        sync: call("sync", () => draft.sync()),
        async close() {
          await draft.close();
          before("close ");
        },
      };
    }),
    async keep(file, octets) {
      before(`keep ${file}`);
      await nodeDisk.keep(file, octets);
      before("kept "); // what fails half-way leaves a file
    },
    rename: call("rename", nodeDisk.rename),
    unlink: nodeDisk.unlink,
    untouched: nodeDisk.untouched,
    syncFolder: call("sync-folder", nodeDisk.syncFolder),
    makeFolder: call("make-folder", nodeDisk.makeFolder),
    findFolder: nodeDisk.findFolder,
    isFolder: nodeDisk.isFolder,
    free: nodeDisk.free,
  };
};

const fields = (text: string): Uint8Array => Buffer.from(`X-To: ${text}\r\n`);

const open = async (disk: Disk, root: string, names: readonly string[]): Promise<Delivery> => {
  const mailboxes = new Mailboxes(parseTemplate(path.join(root, "%n"), "/"), true, nodeDisk);
  await mailboxes.prepare();
  const copies = [];
  for (const name of names) {
    const folder = await mailboxes.open(at(name));
    if (folder !== undefined) copies.push({ folder, fields: fields(name) });
  }
  return new Delivery(copies, "mx.example.org", disk, new FolderSyncs(disk));
};

const deliver = async (delivery: Delivery, pieces: readonly Uint8Array[]): Promise<void> => {
  try {
    for (const piece of pieces) await delivery.write(piece);
  } catch (error) {
    await delivery.discard(); // as the server does with a sink that failed
    throw error;
  }
  await delivery.commit();
};

describe("a delivery", () => {
  test("keeps every octet, however the content was cut, in every copy", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.uint8Array({ maxLength: 40 }), { maxLength: 12 }),
        fc.nat(200_000),
        async (pieces, large) => {
          const root = newFolder();
          const all = [...pieces, new Uint8Array(large).fill(65), Uint8Array.of(13, 10)];
          await deliver(await open(nodeDisk, root, ["a", "b"]), all);
          const files = filesIn(root);
          expect(files).toHaveLength(2);
          for (const [index, name] of ["a", "b"].entries()) {
            expect(files[index]?.startsWith(path.join(name, "new"))).toBe(true);
            const kept = readFileSync(path.join(root, files[index] ?? ""));
            expect(kept.equals(Buffer.concat([fields(name), ...all]))).toBe(true);
          }
        },
      ),
      { numRuns: runs },
    );
  });

  test("is private, and its name says nothing", async () => {
    const root = newFolder();
    await deliver(await open(nodeDisk, root, ["a"]), []);
    const [file = ""] = filesIn(root);
    expect(statSync(path.join(root, file)).mode & 0o777).toBe(0o600);
    for (const folder of ["a", "a/tmp", "a/new", "a/cur"])
      expect(statSync(path.join(root, folder)).mode & 0o777).toBe(0o700);
    expect(path.basename(file)).toMatch(/^\d+\.M\d{3}P\d+Q\d+R[0-9a-f]{16}\.mx\.example\.org$/);
  });

  test.each([
    ["that the buffer holds", 100, "kept"],
    ["that it does not", 100_000, "sync"],
  ])("%s writes and syncs every copy before the first is renamed, then the folders", async (_size, octets, synced) => {
    const calls: string[] = [];
    const root = newFolder();
    await deliver(
      await open(
        told((call) => calls.push(call.split(" ")[0] ?? "")),
        root,
        ["a", "b", "c"],
      ),
      [new Uint8Array(octets)],
    );
    const first = calls.indexOf("rename");
    const last = calls.lastIndexOf("rename");
    expect(calls.slice(0, first).filter((call) => call === synced)).toHaveLength(3);
    expect(calls.slice(first, last + 1)).toEqual(["rename", "rename", "rename"]);
    expect(calls.slice(last + 1)).toEqual(["sync-folder", "sync-folder", "sync-folder"]);
  });

  test.each([
    [100, 6],
    [100_000, 12],
  ])("of %i octets leaves nothing, whichever call fails", async (octets, calls) => {
    const failing = async (nth: number): Promise<boolean> => {
      const root = newFolder();
      let left = nth;
      const disk = told(() => {
        if (left-- === 0) throw Object.assign(new Error("injected"), { code: "EIO" });
      });
      const delivery = await open(disk, root, ["a", "b"]);
      const outcome = await deliver(delivery, [fields("x"), new Uint8Array(octets)]).then(
        () => "done",
        (error: Error) => error.message,
      );
      if (outcome === "done") return false;
      expect(outcome).toBe("injected");
      expect(filesIn(root)).toEqual([]);
      return true;
    };
    let nth = 0;
    while (await failing(nth)) nth++;
    expect(nth).toBeGreaterThan(calls);
  });

  test("that is given up leaves nothing", async () => {
    const root = newFolder();
    const delivery = await open(nodeDisk, root, ["a"]);
    void delivery.write(new Uint8Array(100_000));
    await delivery.discard();
    expect(filesIn(root)).toEqual([]);
  });
});

test.each([
  ["a write that syncs", constants.O_DSYNC],
  ["a write, and a sync", 0],
])("a file is kept whole, private and new by %s", async (_how, flag) => {
  const file = path.join(newFolder(), "file");
  const octets = Buffer.from("x".repeat(10_000));
  await keepBy(flag)(file, octets);
  expect(readFileSync(file).equals(octets)).toBe(true);
  expect(statSync(file).mode & 0o777).toBe(0o600);
  await expect(keepBy(flag)(file, octets)).rejects.toMatchObject({ code: "EEXIST" });
  const link = path.join(newFolder(), "link");
  symlinkSync(path.join(newFolder(), "elsewhere"), link);
  await expect(keepBy(flag)(link, octets)).rejects.toMatchObject({ code: "EEXIST" });
});

test("a name that is another's is left alone, and another is taken", async () => {
  const root = newFolder();
  const taken: string[] = [];
  const disk: Disk = {
    ...nodeDisk,
    async keep(file, octets) {
      if (taken.push(file) === 1) writeFileSync(file, "theirs");
      await nodeDisk.keep(file, octets);
    },
  };
  await deliver(await open(disk, root, ["a"]), [fields("x")]);
  expect(taken).toHaveLength(2);
  expect(readFileSync(taken[0] ?? "", "utf8")).toBe("theirs");
  expect(filesIn(root)).toHaveLength(2);
});

describe("mailboxes", () => {
  const made = async (template: string, create: boolean): Promise<Mailboxes> => {
    const mailboxes = new Mailboxes(parseTemplate(template, "/"), create, nodeDisk);
    await mailboxes.prepare();
    return mailboxes;
  };

  test("exist if their folder does, or may be made", async () => {
    const root = newFolder();
    mkdirSync(path.join(root, "tim"));
    const mailboxes = await made(`${root}/%n`, false);
    expect(await mailboxes.has(at("tim"))).toBe(true);
    expect(await mailboxes.has(at("tom"))).toBe(false);
    expect(await mailboxes.open(at("tom"))).toBeUndefined();
    expect(filesIn(root)).toEqual([]);
    expect(await (await made(`${root}/%n`, true)).has(at("tom"))).toBe(true);
  });

  test("are no files, and no links that lead out", async () => {
    const [root, outside] = [newFolder(), newFolder()];
    writeFileSync(path.join(root, "file"), "");
    symlinkSync(outside, path.join(root, "out"));
    mkdirSync(path.join(outside, "Maildir"));
    symlinkSync(path.join(root, "nowhere"), path.join(root, "loose"));
    for (const create of [false, true]) {
      const mailboxes = await made(`${root}/%n/Maildir`, create);
      for (const local of ["file", "out", "loose"]) {
        const folder = await mailboxes.open(at(local)).catch(() => undefined);
        expect(folder).toBeUndefined();
      }
    }
    expect(filesIn(outside)).toEqual([]);
  });

  test("whose `new` is a link, or a file, are not written to", async () => {
    const [root, outside] = [newFolder(), newFolder()];
    mkdirSync(path.join(root, "tim"));
    symlinkSync(outside, path.join(root, "tim", "new"));
    await expect((await made(`${root}/%n`, false)).open(at("tim"))).rejects.toThrow("link");
    mkdirSync(path.join(root, "tom"));
    writeFileSync(path.join(root, "tom", "new"), "");
    await expect((await made(`${root}/%n`, false)).open(at("tom"))).rejects.toThrow("no folder");
  });
});

describe("writes", () => {
  test("are complete, however little the system takes at a time", async () => {
    const taken: number[] = [];
    const file = {
      write: (octets: Uint8Array, from: number, length: number) => {
        const bytesWritten = Math.min(3, length);
        taken.push(...octets.subarray(from, from + bytesWritten));
        return Promise.resolve({ bytesWritten });
      },
    };
    await writeAll(
      file,
      Uint8Array.from({ length: 10 }, (_, at) => at),
    );
    expect(taken).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    const full = { write: () => Promise.resolve({ bytesWritten: 0 }) };
    await expect(writeAll(full, Uint8Array.of(1))).rejects.toMatchObject({ code: "EIO" });
  });

  test("are in order, whoever does not wait for the one before", async () => {
    const taken: number[] = [];
    const buffer = new WriteBuffer({
      async write(octets) {
        await new Promise((done) => {
          setImmediate(done);
        });
        taken.push(...octets);
      },
    });
    const large = new Uint8Array(70_000).fill(1);
    const all = [Uint8Array.of(0), large, Uint8Array.of(2), Uint8Array.of(3), large, Uint8Array.of(4)];
    for (const piece of all) void buffer.write(piece);
    await buffer.flush();
    expect(Buffer.from(taken).equals(Buffer.concat(all))).toBe(true);
  });
});
