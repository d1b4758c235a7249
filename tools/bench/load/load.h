/* What the parts of the generator share: a script, a connection, a run. See main.c for how it works. */
#ifndef LOAD_H
#define LOAD_H

#include <stdbool.h>
#include <stddef.h>

#ifdef WITH_TLS
#include <openssl/ssl.h>
#endif

/* One write, and the replies that are waited for behind it. */
struct step {
  bool handshake; /* a TLS handshake instead of a write */
  char *out;
  size_t length;
  int codes[128];
  int count;
};

/* In the order that a connection goes through them; `cycle` once for every message but the last. */
enum { OPEN, FIRST, CYCLE, LAST, CLOSE, SECTIONS };

struct section {
  struct step *steps;
  int count;
};

struct script {
  struct section sections[SECTIONS];
};

struct connection {
  int fd;
  int section, step;
  const char *out; /* what is still to be written */
  size_t left;
  int replies;      /* how many of the step's replies have come */
  int flight;       /* messages in flight, where several may be */
  int sent;         /* messages of this connection */
  int column, code; /* of the reply line that is being read */
  bool more;        /* it has a hyphen: another line of the same reply follows */
  bool connecting, handshaking, closing, wants_write;
  char line[128];
#ifdef WITH_TLS
  SSL *tls;
#endif
};

struct run {
  struct script script;
  const char *host;
  int port, sessions, window, addresses;
  long messages, per_connection;
  bool hold, resume, ticket;
  /* what happened */
  long taken, done, replies, sent, received, connections, handshakes, resumed;
};

extern struct run run;
extern int poller;

/* Ends the process with a line on stderr. */
void fail(const char *format, ...) __attribute__((format(printf, 1, 2), noreturn));

void read_script(const char *path, struct script *into);

/* Opens a connection in a slot, and goes on with one as its socket allows. */
void open_connection(struct connection *c);
void attend(struct connection *c, unsigned events);
/* How many connections have been opened and not closed, and how many wait behind `hold`. */
extern int alive, held, opening;

/* A socket with or without TLS: octets, 0 at the end, -1 if it would block. */
long link_read(struct connection *c, char *into, size_t size);
long link_write(struct connection *c, const char *from, size_t size);
/* Whether the handshake is complete. */
bool link_handshake(struct connection *c);
void link_close(struct connection *c);
/* Tells the poller whether to wait for room too. */
void link_wants(struct connection *c, bool write);

#endif
