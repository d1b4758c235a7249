/** What `--help` says behind the options: examples to copy, and what an exit code means. */

const EXITS = `
Exit codes (sysexits.h):
    0  every recipient was accepted
   64  the command line is wrong
   65  the content cannot be sent: not by itself, or not to this server
   66  a file that was named cannot be opened
   68  there is no such host
   69  a recipient, or the connection, was refused for good; or only some were accepted
   74  reading or writing failed; or all was sent and no answer came: it may have arrived
   75  nobody accepted, nobody refused for good: try again, nothing is sent twice
   76  the server broke the protocol, or the TLS handshake failed
   77  not authenticated
   78  what is configured does not fit: TLS that the server lacks, its certificate, an empty password file
  130  Ctrl-C; 143 SIGTERM. What had not left whole is not sent.`;

/** Behind `posthorn --help`. */
export const PROGRAM_HELP: string = `
Examples:
  posthorn probe mail.example
  posthorn send --server mail.example --from ada@a.example --to bob@b.example --data message.eml
  posthorn send --help
${EXITS}`;

/** Behind `posthorn send --help`. */
export const SEND_HELP: string = `
The message:
  --data FILE           a whole message, as it is
  (standard input)      likewise, without --data
  --subject, --body     make a message: Date, From, To, Message-ID and the text
  (a terminal)          a small test message
  Nothing is added to a message that you give, but for line endings (LF becomes CRLF)
  and what --header names. Content with a NUL is binary and sent octet for octet.

The server:
  HOST, HOST:PORT, [IPV6]:PORT, or /path/of/a/socket. Port 25; 465 with --tls implicit.
  LMTP has no port of its own: name one. Credentials need TLS and a certificate that is
  verified, unless --verify or --auth-in-clear says otherwise.

Examples:
  posthorn send --server mail.example --from ada@a.example --to bob@b.example cy@c.example \\
    --data message.eml
  posthorn send --server mail.example:587 --user ada --password-file ~/.mail-password \\
    --from ada@a.example --to bob@b.example --subject Hello --body 'How are you?'
  posthorn send --server localhost:2525 --from '<>' --to bob@b.example --dry-run < message.eml
  posthorn send --server /run/dovecot/lmtp --lmtp --from ada@a.example --to bob@b.example --transcript
${EXITS}`;

/** Behind `posthorn probe --help`. */
export const PROBE_HELP: string = `
Says hello, begins TLS where it is offered, says hello again, and goodbye. Sends no mail.
The certificate is looked at and reported; it only has to hold where --verify says so.

Examples:
  posthorn probe mail.example
  posthorn probe mail.example:465 --tls implicit
  posthorn probe localhost:2525 --transcript
  posthorn probe mail.example --json
`;
