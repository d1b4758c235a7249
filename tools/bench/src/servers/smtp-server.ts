// nodemailer's smtp-server with a sink that counts. Nothing is looked up and nothing logged.
import { SMTPServer } from "smtp-server";
import { type Counts, ready, wanted } from "../child.ts";

const { tls, login } = wanted;
const counts: Counts = { messages: 0, octets: 0 };

const server = new SMTPServer({
  name: "theirs.example",
  size: 26_214_400,
  logger: false,
  disableReverseLookup: true,
  authOptional: true,
  allowInsecureAuth: true,
  hideSTARTTLS: tls?.how !== "starttls",
  disabledCommands: login === undefined ? ["AUTH"] : [],
  ...(tls === undefined ? {} : { key: tls.key, cert: tls.cert, secure: tls.how === "implicit" }),
  onAuth({ username, password }, _session, callback) {
    if (username === login?.name && password === login?.password) callback(null, { user: username });
    else callback(new Error("no"));
  },
  onData(stream, _session, callback) {
    stream.on("data", (chunk: Buffer) => (counts.octets += chunk.length));
    stream.on("end", () => {
      counts.messages++;
      callback();
    });
  },
});
server.on("error", () => {});
const listening = server.listen(0, "127.0.0.1", () => {
  const address = listening.address();
  if (typeof address === "object" && address !== null) ready(address.port, counts);
});
