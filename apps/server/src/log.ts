/**
 * The log, by pino, on standard error: JSON, one record a line, or by pino-pretty one readable line a record. It is
 * written at once, so that the last line before an end is there.
 */
import { pino } from "pino";
import type { Level, LogRecord } from "./records.ts";

/** How records look. */
export type LogStyle = "pretty" | "json" | "off";

/** Where records go. */
export interface Log {
  /** Whether anybody hears. */
  readonly heard: boolean;
  write(record: LogRecord): void;
  /** A record of posthornd's own. */
  say(level: Level, event: string, fields?: LogRecord["fields"]): void;
}

const SILENT: Log = { heard: false, write: () => undefined, say: () => undefined };

/** What a pretty line shows before `event` by itself. */
const APART = new Set(["level", "time", "event", "session"]);

const readable = (record: Record<string, unknown>): string => {
  const fields = Object.entries(record).filter(([name]) => !APART.has(name));
  const shown = fields.map(([name, value]) => {
    const text = typeof value === "string" ? value : JSON.stringify(value);
    return `${name}=${/[\s"=]|^$/.test(text) ? JSON.stringify(text) : text}`;
  });
  const { session, event } = record;
  const names = [session, event].filter((name) => typeof name === "string");
  return [...names, ...shown].join(" ");
};

/** A log of a style; in the records of a worker is its number. */
export const createLog = async (style: LogStyle, worker?: number): Promise<Log> => {
  if (style === "off") return SILENT;
  const target = pino.destination({ fd: 2, sync: true });
  target.on("error", () => undefined); // who read the log has gone; mail goes on
  const stream =
    style === "json"
      ? target
      : (await import("pino-pretty")).PinoPretty({
          destination: target,
          sync: true,
          colorize: process.stderr.isTTY && process.env["NO_COLOR"] === undefined,
          translateTime: "SYS:HH:MM:ss.l",
          hideObject: true,
          messageFormat: readable,
        });
  const logger = pino(
    {
      base: worker === undefined ? null : { worker },
      level: "info",
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
    },
    stream,
  );
  const say: Log["say"] = (level, event, fields = {}) => logger[level]({ event, ...fields });
  return { heard: true, say, write: ({ level, event, fields }) => say(level, event, fields) };
};
