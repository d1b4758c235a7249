/** What the command line says, as commander gives it: `cli.ts` declares the same options. */

/** Options of every connection. */
export interface ConnectArguments {
  readonly helo?: string;
  readonly tls?: "none" | "opportunistic" | "required" | "implicit";
  readonly verify?: string;
  readonly ca?: string;
  readonly servername?: string;
  readonly lmtp?: true;
  readonly ipv4?: true;
  readonly ipv6?: true;
  readonly transcript?: true;
  readonly json?: true;
}

/** Options of `posthorn send`. */
export interface SendArguments extends ConnectArguments {
  readonly server: string;
  readonly from: string;
  readonly to: readonly string[];
  readonly data?: string;
  readonly subject?: string;
  readonly body?: string;
  readonly header?: readonly string[];
  readonly auth?: string;
  readonly user?: string;
  readonly passwordFile?: string;
  readonly authInClear?: true;
  readonly without?: readonly string[];
  readonly dryRun?: true;
}
