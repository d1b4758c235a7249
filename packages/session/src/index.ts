/**
 * Both sides of the SMTP dialogue as machines without I/O, over one table that extensions extend.
 *
 * @packageDocumentation
 */
export { compose, type Composition, type CompositionOptions, type Row, type Veto } from "./compose.ts";
export { without } from "./without.ts";
export type { Claim, ParameterTable } from "./parameters.ts";
export type { ContentRules } from "./base.ts";
export { clientLimits, type ClientLimits, serverLimits, type ServerLimits } from "./options.ts";
export { isLegal } from "./phases.ts";
export { NEED_DATA, PAUSED } from "./signals.ts";
export { ServerSession } from "./server/server-session.ts";
export type { ServerOptions } from "./server/setting.ts";
export type {
  AnsweredEvent,
  AskEvent,
  ClosedEvent,
  ConnectionEvent,
  ContentEvent,
  DroppedEvent,
  FaultEvent,
  HelloEvent,
  MailEvent,
  MessageEvent,
  RecipientEvent,
  ServerEvent,
  Transaction,
  TransferEvent,
  UpgradeEvent,
  VerifyEvent,
} from "./server/events.ts";
export { ClientSession, type ClientOptions } from "./client/session.ts";
export type { Offer } from "./client/offer.ts";
export type {
  Awaiting,
  ClientAskEvent,
  ClientClosedEvent,
  ClientEvent,
  ClientUpgradeEvent,
  CloseCode,
  CommandEvent,
  DoneEvent,
  OutcomeEvent,
  Plan,
  PlannedTransaction,
  PlanNote,
  ReadyEvent,
  ReplyEvent,
  UnwantedEvent,
  Verdict,
  WantEvent,
} from "./client/events.ts";
