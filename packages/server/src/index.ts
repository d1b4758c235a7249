/**
 * An SMTP and LMTP server on node:net and node:tls: listeners, hooks, limits, shutdown.
 *
 * @packageDocumentation
 */
export { createServer, type Server } from "./server.ts";
export type { ServerOptions } from "./options.ts";
export { ListenError, type Listener, type Listening, type Place, placeName } from "./listen.ts";
export { defaultLimits, type Limits } from "./limits.ts";
export type { TlsIdentity, TlsSource } from "./tls.ts";
export type { Answer, Hello, Hooks, Query } from "./hooks.ts";
export type { Endpoint, Envelope, Mail, Message, Recipient, Role, Session } from "./session.ts";
export {
  type AbortReason,
  type Awaitable,
  type Complete,
  ContentAborted,
  type ContentSink,
  type MessageVerdict,
} from "./sink.ts";
export { contentStream } from "./content-stream.ts";
export { HookTimeout } from "./asking.ts";
export type { CloseReason, Observation, Observed } from "./observation.ts";
export { serveWorkers, workerNumber } from "./workers/serve.ts";
export { WorkersError, type WorkersEvent } from "./workers/events.ts";
export type { Loaded, ServerPart, Workers, WorkerServer, WorkersOptions } from "./workers/options.ts";
