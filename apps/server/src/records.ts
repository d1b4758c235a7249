/**
 * What the server observes, as records of the log: flat, one line each, the session's id in each. The text of peers in
 * observations is escaped already; that of errors and replies is escaped here (A21), and no secret is in any (A8).
 */
import type { Reply } from "@posthorn/contract";
import type { Endpoint, Observation } from "@posthorn/server";
import { escape } from "@posthorn/wire";
import { reasonOf } from "./exit.ts";

/** How important a record is. */
export type Level = "info" | "warn" | "error";

/** A record: its level, its event, and flat fields. */
export interface LogRecord {
  readonly level: Level;
  readonly event: string;
  readonly fields: { readonly [name: string]: string | number | boolean | undefined };
}

const said = ({ code, status, lines }: Reply): string =>
  escape([code, ...(status === undefined ? [] : [status]), lines[0] ?? ""].join(" "));

const at = ({ address, port }: Endpoint): string =>
  address === "" ? "local" : address.includes(":") ? `[${address}]:${port}` : `${address}:${port}`;

const levelOf = (reply: Reply): Level => (reply.code >= 400 ? "warn" : "info");

/** An error as one printable line. */
export const errorText = (error: unknown): string => escape(reasonOf(error));

type Told = Omit<LogRecord, "event">;

const told = (event: Observation): Told | undefined => {
  switch (event.type) {
    case "connection": {
      const { session, role, remote, local, tls } = event;
      return { level: "info", fields: { session, role, remote: at(remote), local: at(local), tls } };
    }
    case "tls": {
      const { session, tls } = event;
      const peer = tls.peer === undefined ? undefined : escape(tls.peer);
      const servername = tls.servername === undefined ? undefined : escape(tls.servername);
      return { level: "info", fields: { session, version: tls.version, cipher: tls.cipher, servername, peer } };
    }
    case "hello": {
      const { session, verb, domain, reply } = event;
      return { level: levelOf(reply), fields: { session, verb, domain, reply: said(reply) } };
    }
    case "auth": {
      const { session, ok, mechanism, name, reply } = event;
      return { level: ok ? "info" : "warn", fields: { session, ok, mechanism, user: name, reply: said(reply) } };
    }
    case "mail": {
      const { session, from, reply } = event;
      return { level: levelOf(reply), fields: { session, from, reply: said(reply) } };
    }
    case "recipient": {
      const { session, to, reply } = event;
      return { level: levelOf(reply), fields: { session, to, reply: said(reply) } };
    }
    case "command": // those that matter are told by records of their own
    case "transfer":
      return undefined;
    case "message": {
      const { session, message, octets, recipients, replies, ms } = event;
      const refusal = replies.find((reply) => reply.code >= 400) ?? replies[0];
      const reply = refusal === undefined ? undefined : said(refusal);
      const level = refusal === undefined ? "info" : levelOf(refusal);
      return { level, fields: { session, message, octets, recipients, reply, ms: Math.round(ms) } };
    }
    case "dropped": {
      const { session, message, octets, why, reply } = event;
      return {
        level: "warn",
        fields: { session, message, octets, why, reply: reply === undefined ? undefined : said(reply) },
      };
    }
    case "fault": {
      const { session, code, verb, reply } = event;
      return { level: "warn", fields: { session, code, verb: escape(verb), reply: said(reply) } };
    }
    case "error": {
      const { session, where, error } = event;
      // A peer that breaks its connection, or speaks no TLS, is no fault of ours.
      return { level: where === "socket" ? "info" : "error", fields: { session, where, error: errorText(error) } };
    }
    case "closed": {
      const { session, reason, received, sent, messages, ms } = event;
      return { level: "info", fields: { session, reason, received, sent, messages, ms: Math.round(ms) } };
    }
    case "refused":
      return { level: "warn", fields: { remote: at(event.remote), limit: event.limit } };
    case "accept-error":
      return { level: "error", fields: { error: errorText(event.error) } };
    default:
      return event satisfies never;
  }
};

/** The record of an observation; `undefined` where it has none. */
export const recordOf = (event: Observation): LogRecord | undefined => {
  const record = told(event);
  return record === undefined ? undefined : { event: event.type, ...record };
};
