/**
 * What the host supplies on Node.js.
 *
 * @packageDocumentation
 */
export { nodeCrypto } from "./crypto.ts";
export { type Clock, type ManualClock, manualClock, systemClock } from "./clock.ts";
export { type TlsFacts, tlsInfo } from "./tls-info.ts";
export { dateTime } from "./date-time.ts";
export { charset, type Charset, type CharsetDecoder, type Encoded, textToOctets } from "./charset.ts";
export { replyText, type ReplyTextOptions } from "./reply-text.ts";
