// The peers, in the order in which they are tried.
import type { Peer } from "./peer.ts";
import { curl } from "./senders/curl.ts";
import { msmtp } from "./senders/msmtp.ts";
import { nodemailer } from "./senders/nodemailer.ts";
import { smtplib } from "./senders/smtplib.ts";
import { swaks } from "./senders/swaks.ts";

/** All of them. */
export const peers: readonly Peer[] = [swaks, curl, msmtp, smtplib, nodemailer];
