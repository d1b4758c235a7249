// nodemailer's pool of ten connections, given the message as it is.
import { createTransport, type Transporter } from "nodemailer";
import { perform } from "../child.ts";
import { base64 } from "../load/content.ts";

const raw = Buffer.from(base64(4096));
const envelope = { from: "sender@load.example", to: ["recipient0@bench.example"] };
let transport: Transporter | undefined;

perform(async ({ port, connections, messages }) => {
  transport ??= createTransport({
    pool: true,
    maxConnections: connections,
    maxMessages: Number.POSITIVE_INFINITY,
    host: "127.0.0.1",
    port,
    ignoreTLS: true,
    name: "load.example",
  });
  const sending = transport;
  let left = messages;
  const work = async (): Promise<void> => {
    // oxlint-disable-next-line no-await-in-loop -- one after the other
    while (left-- > 0) await sending.sendMail({ envelope, raw });
  };
  await Promise.all(Array.from({ length: connections }, work));
  return messages;
});
