/**
 * Where to listen, as an operator writes it: `HOST:PORT`, `[IPV6]:PORT`, `unix:PATH`, `fd:N`. The host is always
 * written: nobody listens on all addresses by having left something out.
 */
import path from "node:path";
import type { Place } from "@posthorn/server";

const WITH_PORT = /^(?:\[(?<v6>[^\]]+)\]|(?<host>[^:[\]]+)):(?<port>\d{1,5})$/;

/** Reads an address; `undefined` where it is none. Paths are relative to `from`. */
export const parseAddress = (text: string, from: string): Place | undefined => {
  if (text.startsWith("unix:")) return text.length > 5 ? { path: path.resolve(from, text.slice(5)) } : undefined;
  if (text.startsWith("fd:")) return /^fd:\d{1,4}$/.test(text) ? { fd: Number(text.slice(3)) } : undefined;
  const { v6, host = v6, port } = WITH_PORT.exec(text)?.groups ?? {};
  if (host === undefined || Number(port) > 65_535) return undefined;
  return { host, port: Number(port) };
};

/** What an address should have been, for people. */
export const ADDRESS_FORM = "HOST:PORT, [IPV6]:PORT, unix:PATH or fd:N";
