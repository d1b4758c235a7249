// A real server and a real client, seen from outside: both tell the same story, and nothing is attached when nobody looks.
import { reply } from "@posthorn/contract";
import { connect, type Observation as ClientObservation } from "@posthorn/client";
import { standardClient, standardServer } from "@posthorn/esmtp";
import { createServer } from "@posthorn/server";
import { compose, without } from "@posthorn/session";
import { lastValueFrom, mergeMap, Subject, take, timer, toArray } from "rxjs";
import { expect, test } from "vitest";
import { commands, phases, policies, sessions, transfers, verdicts } from "../src/index.ts";

test("a message to four recipients, decided by policies, as server and client tell it", async () => {
  const server = createServer({
    hostname: "mx.example.org",
    extensions: without(standardServer(), ["STARTTLS"]),
    listeners: [{ role: "exchanger", tls: "none", host: "127.0.0.1", port: 0 }],
    hooks: {
      recipient: policies([
        {
          name: "known",
          decide: ({ path }) => (path.local === "eve" ? reply(550, "5.1.1", "No such mailbox") : undefined),
        },
        {
          name: "slow",
          timeout: 20,
          decide: ({ path }) => (path.local === "late" ? timer(60_000).pipe(mergeMap(() => [])) : undefined),
        },
        { name: "promised", decide: ({ path }) => (path.local === "carol" ? Promise.resolve(undefined) : undefined) },
      ]),
    },
  });
  const story: string[] = [];
  const served: string[] = [];
  const parted = lastValueFrom(
    sessions(server).pipe(
      take(1),
      mergeMap(({ events }) => events.pipe(toArray())),
    ),
  );
  const views = [
    verdicts(server).subscribe(({ recipient, kind }) => story.push(`${recipient} ${kind}`)),
    transfers(server).subscribe(({ octets, complete }) => story.push(`${octets} octets ${complete}`)),
    phases(server).subscribe(({ phase }) => served.push(phase)),
    commands(server).subscribe(({ verb }) => verb === "MAIL" && story.push("MAIL")),
  ];
  try {
    const [where] = await server.listen();
    if (where === undefined || !("port" in where)) throw new Error("no port");
    const seen = new Subject<ClientObservation>();
    const told: string[] = [];
    const reckoned: string[] = [];
    verdicts(seen).subscribe(({ recipient, kind }) => told.push(`${recipient} ${kind}`));
    phases(seen, compose(standardClient())).subscribe(({ phase }) => reckoned.push(phase));
    const connection = await connect({
      host: "127.0.0.1",
      port: where.port,
      tls: "none",
      observe: (event) => seen.next(event),
    });
    const to = ["bob", "eve", "late", "carol"].map((name) => `${name}@example.org`);
    const outcome = await connection.send({ from: "ada@example.org", to, content: "Subject: x\r\n\r\nhello\r\n" });
    await connection.quit();
    const observed = await parted;

    expect(outcome.verdicts.map(({ kind }) => kind)).toEqual(["accepted", "refused", "refused", "accepted"]);
    const expected = [
      "bob@example.org accepted",
      "carol@example.org accepted",
      "eve@example.org refused",
      "late@example.org refused",
    ];
    expect(told.toSorted()).toEqual(expected);
    expect(story.filter((line) => line.includes("@")).toSorted()).toEqual(expected);
    expect(story[0]).toBe("MAIL");
    expect(story).toContain("21 octets true");
    expect(observed.at(0)?.type).toBe("connection");
    expect(observed.at(-1)?.type).toBe("closed");
    const refused = observed.flatMap((event) => (event.type === "recipient" ? [event.reply.code] : []));
    expect(refused).toEqual([250, 550, 451, 250]);
    // The table tells an observer of the client what the server's machine tells of itself.
    expect(reckoned).toEqual(served);
  } finally {
    for (const view of views) view.unsubscribe();
    await server.close({ grace: 0 });
  }
});
