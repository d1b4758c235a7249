/**
 * The configuration: its keys, what each may hold, and `defineConfig`, which gives an editor its types. The same schema
 * judges a configuration file and the flags of the command line, so that a mistake reads alike in both.
 */
import type { Checked, Extension, Extensions } from "@posthorn/contract";
import type { StandardWithAuth } from "@posthorn/esmtp";
import type { Store } from "@posthorn/sasl";
import type { Hooks, Limits } from "@posthorn/server";

/** The extensions of a server that a site adds `X` to. */
export type SiteExtensions<X extends Extensions = readonly Extension[]> = readonly [...StandardWithAuth<string>, ...X];

/** The limits by name: those of `@posthorn/server`, and those of posthornd. */
export interface AllLimits extends Limits {
  /** Received fields of a message; one more is 554 5.4.6 (RFC 5321 §6.3). 100. */
  readonly received: number;
  /** The longest line of content, octets with CRLF, 1000 or more; a longer one is 550 5.6.0. 0, which is any length. */
  readonly line: number;
  /** Refusals of AUTH on one connection; the one that reaches it is 421. 3. */
  readonly authFailures: number;
}

/** The files of a certificate. */
export interface CertificateFiles {
  /** The chain, PEM. */
  readonly cert: string;
  /** Its private key, PEM. */
  readonly key: string;
}

/** Who may show a certificate as a client. */
export interface ClientCertificates {
  /** The file of the authorities that issue them, PEM. */
  readonly ca: string;
  /** Whether a client must show one. `false`. */
  readonly require?: boolean | undefined;
}

/** The configuration of posthornd. Every key may be left out; files are relative to the folder of the configuration. */
export interface Config<X extends Extensions = readonly Extension[]> {
  /** Our name, in the greeting and in trace fields: a domain or an address literal. The machine's name if not given. */
  readonly hostname?: string;
  /** The domains that mail is taken for; any if none is given. */
  readonly domains?: readonly string[];
  /** Mail exchangers with STARTTLS: `HOST:PORT`, `[IPV6]:PORT`, `unix:PATH` or `fd:N`. 127.0.0.1:2525 and [::1]:2525 if no listener at all is given. */
  readonly listen?: readonly string[];
  /** Mail exchangers with TLS from the first octet. */
  readonly listenTls?: readonly string[];
  /** LMTP (RFC 2033). */
  readonly listenLmtp?: readonly string[];
  /** Submission (RFC 6409) with STARTTLS. */
  readonly submission?: readonly string[];
  /** Submission with TLS from the first octet (RFC 8314). */
  readonly submissions?: readonly string[];
  /** A Maildir, or with `%d`, `%n`, `%u` many. Without it, mail is thrown away. */
  readonly maildir?: string;
  /** Whether a mailbox that has no Maildir yet gets one. */
  readonly create?: boolean;
  /** The mailbox that mail for postmaster goes to. */
  readonly postmaster?: string;
  /** The file of users. */
  readonly users?: string;
  /** Users from elsewhere, in place of the file. With `password` in what `lookup` finds, CRAM-MD5 is offered too. */
  readonly store?: Store<string>;
  /** The certificate chain, PEM. */
  readonly tlsCert?: string;
  /** Its private key, PEM. */
  readonly tlsKey?: string;
  /** Other certificates, by the name that a client asks for (RFC 6066 §3); `*.example.org` stands for one more label. */
  readonly tlsNames?: Readonly<Record<string, CertificateFiles>>;
  /** Certificates of clients: the common name of one that is verified is `session.tls.peer`, and proves who AUTH EXTERNAL speaks of. */
  readonly tlsClients?: ClientCertificates;
  /** Where the certificate is written to that is made where none is given. */
  readonly tlsSelfSignedOut?: string;
  /** Whether AUTH is offered without TLS. */
  readonly authInClear?: boolean;
  /** The most octets of a message; 0: any. 26214400. */
  readonly maxSize?: number;
  /** Bounds, by name; times in milliseconds. */
  readonly limits?: Partial<AllLimits>;
  /** Extensions that are left out, by keyword. */
  readonly without?: readonly string[];
  /** How many processes serve, as one server; 0 or `auto`: as many as the machine runs at once. 1. */
  readonly workers?: number | "auto";
  /** How records of the log look; `pretty` on a terminal, else `json`. */
  readonly log?: "pretty" | "json" | "off";
  /** What becomes of bare CR and LF in content: refused, or made CRLF. `strict`. */
  readonly lineEndings?: "strict" | "normalize";
  /** What becomes of clients that talk before the greeting: served in turn, or refused by 554. `serve`. */
  readonly earlyTalk?: "serve" | "refuse";
  /** To whom rates, counts of connections and delays do not apply; loopback if not given. An address is empty on a Unix socket. */
  readonly exempt?: (address: string) => boolean;
  /** Extensions of the site, beside the standard ones. */
  readonly extensions?: X;
  /**
   * Decisions of the site. Each is asked before posthornd's own, and its refusal is final; else posthornd decides. A
   * sink that `content` returns gets the content as well, and may refuse the message by its verdict.
   */
  readonly hooks?: Hooks<SiteExtensions<X>>;
}

/**
 * The configuration of a file, typed: `export default defineConfig({ … })`. Parameters, capabilities and states of the
 * site's own extensions are known in its hooks.
 *
 * @example
 * export default defineConfig({ domains: ["example.org"], maildir: "/var/mail/%d/%n", users: "users" });
 */
export const defineConfig = <const X extends Extensions = readonly []>(
  config: Config<X> & { readonly extensions?: X & Checked<SiteExtensions<X>> },
): Config<X> => config;
