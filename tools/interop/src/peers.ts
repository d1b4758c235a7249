// The peers, in the order in which they are tried.
import type { Peer } from "./peer.ts";
import { dovecotLmtp } from "./receivers/dovecot-lmtp.ts";
import { dovecotSubmission } from "./receivers/dovecot-submission.ts";
import { exim } from "./receivers/exim.ts";
import { postfix } from "./receivers/postfix.ts";
import { smtpServer } from "./receivers/smtp-server.ts";
import { curl } from "./senders/curl.ts";
import { msmtp } from "./senders/msmtp.ts";
import { nodemailer } from "./senders/nodemailer.ts";
import { smtplib } from "./senders/smtplib.ts";
import { swaks } from "./senders/swaks.ts";

/** All of them. */
export const peers: readonly Peer[] = [
  swaks,
  curl,
  msmtp,
  smtplib,
  nodemailer,
  smtpServer,
  postfix,
  exim,
  dovecotLmtp,
  dovecotSubmission,
];
