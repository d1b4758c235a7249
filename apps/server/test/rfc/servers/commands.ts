/** The server of the tables about commands: takes mail for anybody, has a user, and a bound of 5000 octets. */
import { server } from "../table.ts";

const { port } = server("--users", "$USERS", "--auth-in-clear", "--max-size", "5000");

/** The port of the mail exchanger. */
export const exchanger = (): number => port();
