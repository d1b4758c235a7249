// One message by nodemailer, as a script would send it: what `posthorn send` is compared with. JavaScript, so that no
// types have to be stripped.
import { readFileSync } from "node:fs";
import process from "node:process";
import { createTransport } from "nodemailer";

const [port, file] = process.argv.slice(2);
const transport = createTransport({ host: "127.0.0.1", port: Number(port), ignoreTLS: true, name: "load.example" });
await transport.sendMail({
  envelope: { from: "sender@load.example", to: ["recipient0@bench.example"] },
  raw: readFileSync(file),
});
