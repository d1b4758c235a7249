/** What a client is told when the disk says no, and what is left behind. */
import { reply } from "@posthorn/contract";
import type { Reply } from "@posthorn/contract";
import { existsSync, utimesSync, writeFileSync } from "node:fs";
import path from "node:path";
import type { ContentSink } from "@posthorn/server";
import { describe, expect, test } from "vitest";
import { type Disk, type Draft, nodeDisk } from "../src/maildir/disk.ts";
import { Mailboxes } from "../src/maildir/mailboxes.ts";
import { Orphans } from "../src/maildir/orphans.ts";
import { parseTemplate } from "../src/maildir/template.ts";
import { Recipients } from "../src/recipients.ts";
import { Storage } from "../src/storage.ts";
import { filesIn, newFolder } from "./folder.ts";
import { envelope, session } from "./session.ts";

const fail = (code: string) => () => Promise.reject(Object.assign(new Error("injected"), { code }));

/** What a message is answered, on a disk that is partly another. */
const deliver = async (
  other: Partial<Disk>,
  root: string = newFolder(),
  octets = 100_000,
): Promise<{ readonly said: Reply | undefined; readonly files: readonly string[]; readonly told: number }> => {
  const mailboxes = new Mailboxes(parseTemplate(root, "/"), false, nodeDisk);
  await mailboxes.prepare();
  let told = 0;
  const storage = new Storage({
    hostname: "mx.example.org",
    mailboxes,
    recipients: new Recipients({ hostname: "mx.example.org", domains: [], postmaster: undefined, mailboxes }),
    maxSize: 1000,
    received: 100,
    failed: () => {
      told++;
    },
    disk: { ...nodeDisk, ...other },
  });
  const opened = await storage.open(envelope, session);
  const said = "write" in opened ? await finish(opened, octets) : opened;
  await storage.settled();
  return { said, files: filesIn(root), told };
};

const finish = async (sink: ContentSink, octets: number): Promise<Reply | undefined> => {
  await sink.write(new Uint8Array(octets));
  const verdict = await sink.end?.({ octets: 100_000, crlf: true });
  return verdict !== undefined && "code" in verdict ? verdict : undefined;
};

describe("a message", () => {
  test("is stored", async () => {
    const { said, files, told } = await deliver({});
    expect({ said, count: files.length, told }).toEqual({ said: undefined, count: 1, told: 0 });
  });

  test.each([
    ["keep", "EACCES", 451],
    ["keep", "ENOSPC", 452],
    ["rename", "EIO", 451],
    ["syncFolder", "EDQUOT", 452],
  ] as const)("that the buffer holds is refused when %s says %s", async (call, code, expected) => {
    const { said, files, told } = await deliver({ [call]: fail(code) }, newFolder(), 100);
    expect(said).toMatchObject({ code: expected });
    expect({ files, told }).toEqual({ files: [], told: 1 });
  });

  test("is refused for want of room that shows while it is written, with nothing left of it", async () => {
    const full = async (file: string): Promise<Draft> => {
      const draft = await nodeDisk.create(file);
      const write = fail("ENOSPC");
      return { read: (into, at) => draft.read(into, at), sync: () => draft.sync(), close: () => draft.close(), write };
    };
    const { said, files, told } = await deliver({ create: full });
    expect(said).toMatchObject({ code: 452 });
    expect({ files, told }).toEqual({ files: [], told: 1 });
  });

  test.each([
    ["create", "EACCES", 451],
    ["create", "ENOSPC", 452],
    ["create", "EMFILE", 451],
    ["rename", "EIO", 451],
    ["rename", "EDQUOT", 452],
    ["syncFolder", "EIO", 451],
    ["free", "EIO", 451],
  ] as const)("is refused for the time being when %s says %s", async (call, code, expected) => {
    const { said, files, told } = await deliver({ [call]: fail(code) });
    expect(said).toMatchObject({ code: expected });
    expect({ files, told }).toEqual({ files: [], told: 1 });
  });

  test.each([[{ octets: 1500, files: 5000 }], [{ octets: 1_000_000, files: 1000 }]])(
    "is refused before it is sent when there is left %j",
    async (free) => {
      const { said, files } = await deliver({ free: () => Promise.resolve(free) });
      expect(said).toEqual(reply(452, "4.3.1", "There is no room for the message; try again later"));
      expect(files).toEqual([]);
    },
  );
});

describe("what a crash has left in tmp", () => {
  const HOUR = 3_600_000;
  /** A file in the `tmp` of a Maildir, touched so many hours ago. */
  const left = (root: string, hours: number): string => {
    const file = path.join(root, "tmp", `${hours}.left`);
    writeFileSync(file, "half");
    utimesSync(file, (Date.now() - hours * HOUR) / 1000, (Date.now() - hours * HOUR) / 1000);
    return file;
  };

  test("is removed after 36 hours by the next delivery", async () => {
    const root = newFolder();
    await deliver({}, root);
    const [young, old] = [left(root, 35), left(root, 37)];
    const { said } = await deliver({}, root);
    expect(said).toBeUndefined();
    expect([existsSync(young), existsSync(old)]).toEqual([true, false]);
  });

  test("is looked for once an hour, and a disk that says no to that stops no delivery", async () => {
    let looked = 0;
    const orphans = new Orphans({
      unlink: nodeDisk.unlink,
      untouched: () => {
        looked++;
        return Promise.reject(new Error("injected"));
      },
    });
    for (const now of [0, 1, HOUR - 1, HOUR, HOUR + 1]) await orphans.sweep("/mail", now);
    expect(looked).toBe(2);
  });
});
