/** The server of the tables about content: three roles, domains of its own, a bound of 1000 octets and of 100 recipients. */
import { server } from "../table.ts";

const { port } = server(
  ...["example.org", "b.example", "b"].flatMap((name) => ["--domain", name]),
  "--listen",
  "127.0.0.1:0",
  "--listen-lmtp",
  "127.0.0.1:0",
  "--submission",
  "127.0.0.1:0",
  "--users",
  "$USERS",
  "--auth-in-clear",
  "--max-size",
  "1000",
  "--limit",
  "recipients=100",
);

/** The port of the mail exchanger. */
export const exchanger = (): number => port();
/** The port of LMTP. */
export const lmtp = (): number => port(1);
/** The port of submission. */
export const submission = (): number => port(2);
