/** Group commit: which sync of a folder a message waits for, and what becomes of it when that fails. */
import { describe, expect, test } from "vitest";
import { Delivery } from "../src/maildir/delivery.ts";
import { nodeDisk } from "../src/maildir/disk.ts";
import { FolderSyncs } from "../src/maildir/folder-syncs.ts";
import { Mailboxes } from "../src/maildir/mailboxes.ts";
import { parseTemplate } from "../src/maildir/template.ts";
import { filesIn, newFolder } from "./folder.ts";

/** A disk whose syncs of folders end when they are told to, and how. */
const held = () => {
  const calls: { readonly path: string; readonly end: (failure?: Error) => void }[] = [];
  const syncFolder = (path: string): Promise<void> =>
    new Promise((resolve, reject) => {
      calls.push({ path, end: (failure) => (failure === undefined ? resolve() : reject(failure)) });
    });
  return { calls, syncFolder };
};

/** What became of each promise so far: `waits`, `done`, or the message of its failure. */
const states = (all: readonly Promise<void>[]): readonly string[] => {
  const said = all.map(() => "waits");
  for (const [at, one] of all.entries()) {
    one.then(
      () => (said[at] = "done"),
      (error: Error) => (said[at] = error.message),
    );
  }
  return said;
};

const soon = (): Promise<void> =>
  new Promise((resolve) => {
    setImmediate(resolve);
  });

describe("a sync of a folder", () => {
  test("serves all who came before it began, and nobody who came after", async () => {
    const { calls, syncFolder } = held();
    const syncs = new FolderSyncs({ syncFolder });
    const said = states([syncs.sync("a"), syncs.sync("a"), syncs.sync("a"), syncs.sync("b")]);
    expect(calls.map(({ path }) => path)).toEqual(["a", "b"]);
    calls[0]?.end();
    await soon();
    expect(said).toEqual(["done", "waits", "waits", "waits"]);
    expect(calls.map(({ path }) => path)).toEqual(["a", "b", "a"]);
    const late = states([syncs.sync("a")]);
    calls[2]?.end();
    await soon();
    expect([...said, ...late]).toEqual(["done", "done", "done", "waits", "waits"]);
    expect(calls).toHaveLength(4);
  });

  test("that fails fails exactly those who waited for it", async () => {
    const { calls, syncFolder } = held();
    const syncs = new FolderSyncs({ syncFolder });
    const said = states([syncs.sync("a"), syncs.sync("a"), syncs.sync("a")]);
    calls[0]?.end(new Error("first"));
    await soon();
    expect(said).toEqual(["first", "waits", "waits"]);
    const late = states([syncs.sync("a")]);
    calls[1]?.end(new Error("second"));
    await soon();
    calls[2]?.end();
    await soon();
    expect([...said, ...late]).toEqual(["first", "second", "second", "done"]);
  });
});

describe("of messages that go into one Maildir at a time", () => {
  const started = async () => {
    const root = newFolder();
    const mailboxes = new Mailboxes(parseTemplate(root, "/"), true, nodeDisk);
    await mailboxes.prepare();
    const disk = held();
    const syncs = new FolderSyncs(disk);
    const renamed: string[] = [];
    const rename = async (from: string, to: string): Promise<void> => {
      await nodeDisk.rename(from, to);
      renamed.push(to);
    };
    const until = async (count: number): Promise<void> => {
      while (renamed.length < count) await soon();
      await soon();
    };
    const deliver = (text: string): Promise<void> => {
      const copies = [{ folder: root, fields: Buffer.from(text) }];
      return new Delivery(copies, "mx.example.org", { ...nodeDisk, ...disk, rename }, syncs).commit();
    };
    return { root, disk, deliver, until };
  };

  test("none is told before a sync that began after its rename", async () => {
    const { root, disk, deliver, until } = await started();
    const first = states([deliver("1")]);
    await until(1);
    const others = states([deliver("2"), deliver("3")]);
    await until(3);
    expect([disk.calls.length, ...first, ...others]).toEqual([1, "waits", "waits", "waits"]);
    disk.calls[0]?.end();
    await soon();
    expect([disk.calls.length, ...first, ...others]).toEqual([2, "done", "waits", "waits"]);
    disk.calls[1]?.end();
    await soon();
    expect(others).toEqual(["done", "done"]);
    expect(filesIn(root)).toHaveLength(3);
  });

  test("those are taken back whose sync failed, and no other", async () => {
    const { root, disk, deliver, until } = await started();
    const first = deliver("1");
    await until(1);
    const others = Promise.allSettled([deliver("2"), deliver("3")]);
    await until(3);
    disk.calls[0]?.end();
    await first;
    disk.calls[1]?.end(Object.assign(new Error("injected"), { code: "EIO" }));
    expect((await others).map(({ status }) => status)).toEqual(["rejected", "rejected"]);
    expect(filesIn(root)).toHaveLength(1);
  });
});
