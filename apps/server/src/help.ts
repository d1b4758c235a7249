/**
 * What `posthornd --help` says beyond the list of options: how to begin, and what the numbers mean. The names of limits
 * are those of the schema, which a test holds it to: help does not load what serves to know them.
 */

/** Behind the list of options. */
export const AFTER_HELP: string = `
Addresses to listen on are HOST:PORT, [IPV6]:PORT, unix:PATH or fd:N (an inherited descriptor); port 0 is any free one.
Without any, posthornd listens on 127.0.0.1:2525 and [::1]:2525. When it is ready it prints one line of JSON for each
address on standard output; its log goes to standard error.

Examples:
  posthornd                                     takes any mail on port 2525 and throws it away
  posthornd --maildir ./mail                    keeps it in one Maildir
  posthornd --domain example.org --maildir '/var/mail/%d/%n' --create
                                                one Maildir for each mailbox, made when mail comes for it
  echo "tim:$(echo 'tanstaaf' | posthornd hash)" >> users
  posthornd --submission 127.0.0.1:2587 --users users --maildir ./mail
                                                a submission service with a user
  posthornd --config posthorn.config.ts --check-config
                                                says what is wrong with a configuration, and ends

Limits (--limit NAME=VALUE; times in milliseconds):
  total perAddress connectionRate authRate messageRate messages recipients recipientsOver errors softErrors delay
  maxDelay authDelay junk rounds command content contentRate replies handshake session stress hook greeting linger
  buffer received line authFailures

Signals: SIGTERM and SIGINT let what flows finish, up to 30 s, a second one ends at once; SIGHUP reads certificates and
users again.

Exit codes: 0 ended as told, 64 a wrong command line, 65 no password to hash, 69 an address cannot be had, 70 a fault of
posthornd, 73 a file cannot be made, 77 not permitted, 78 a wrong configuration.
`;
