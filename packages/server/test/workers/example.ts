// server.ts, for `node server.ts`: the first process and each of its workers run this file
import { standardServer } from "@posthorn/esmtp";
import { createServer, serveWorkers } from "@posthorn/server";

const workers = await serveWorkers({
  workers: 2, // as many as can run at once, if not given
  listeners: [{ role: "exchanger", tls: "none", port: 2525 }],
  limits: { perAddress: 20 }, // of all workers together
  server: (part) =>
    createServer({
      ...part, // listeners, limits, certificates: what is common to all
      hostname: "mx.example.org",
      extensions: standardServer(),
      hooks: {
        message: ({ envelope }) => {
          console.log(`process ${process.pid} took ${envelope.id}`);
        },
      },
    }),
});

// In a worker `serveWorkers` never returns: from here on it is the first process.
console.log(JSON.stringify(workers.listening.map(({ host, port }) => ({ host, port }))));
process.once("SIGTERM", () => void workers.close());
