// What other tools use of the demonstration: its messages, the comparison, and posthornd as a child.
export { apart, type Delivered, type Difference, difference } from "./compare.ts";
export { type Child, endChildren, type Ended, type Given, programs, start, startOurs } from "./children.ts";
export { MaildirReader } from "./maildir.ts";
export { domains, type Sample, samples } from "./messages.ts";
export { base64Lines, join, latin1, lines, noise, utf8 } from "./octets.ts";
export { DemoError, type Ready, type Running, startServer, type Wanted } from "./server.ts";
export { type Column, duration, grouped, header, row, style } from "./table.ts";
