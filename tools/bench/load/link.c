/* A socket with or without TLS beneath the connection. Without OpenSSL's headers the generator is built without it. */
#include "load.h"
#include <errno.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

void link_wants(struct connection *c, bool write) {
  if (c->wants_write == write) return;
  c->wants_write = write;
  struct epoll_event event = {.events = EPOLLIN | (write ? EPOLLOUT : 0), .data.ptr = c};
  epoll_ctl(poller, EPOLL_CTL_MOD, c->fd, &event);
}

#ifdef WITH_TLS
#include <openssl/err.h>

static SSL_CTX *context;
/* The last ticket, as DER: each connection has its own copy, since a session of TLS 1.3 is used once. */
static unsigned char ticket[16384];
static long ticket_length;

static int new_ticket(SSL *tls, SSL_SESSION *session) {
  (void)tls;
  unsigned char *at = ticket;
  if (ticket_length == 0 && SSL_SESSION_is_resumable(session) && i2d_SSL_SESSION(session, NULL) <= (int)sizeof ticket)
    ticket_length = i2d_SSL_SESSION(session, &at);
  run.ticket = ticket_length > 0;
  return 0;
}

static void begin(struct connection *c) {
  if (context == NULL) {
    context = SSL_CTX_new(TLS_client_method());
    SSL_CTX_set_mode(context, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    SSL_CTX_set_options(context, SSL_OP_IGNORE_UNEXPECTED_EOF);
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
    SSL_CTX_sess_set_new_cb(context, new_ticket);
  }
  c->tls = SSL_new(context);
  SSL_set_fd(c->tls, c->fd);
  SSL_set_connect_state(c->tls);
  if (!run.resume || ticket_length == 0) return;
  const unsigned char *at = ticket;
  SSL_SESSION *session = d2i_SSL_SESSION(NULL, &at, ticket_length);
  SSL_set_session(c->tls, session);
  SSL_SESSION_free(session);
}

/* -1 where the socket has to be waited for; what it waits for is told to the poller. */
static long blocked(struct connection *c, int result) {
  int error = SSL_get_error(c->tls, result);
  if (error == SSL_ERROR_ZERO_RETURN) return 0;
  if (error != SSL_ERROR_WANT_READ && error != SSL_ERROR_WANT_WRITE)
    fail("TLS: %s", ERR_error_string(ERR_get_error(), NULL));
  if (error == SSL_ERROR_WANT_WRITE) link_wants(c, true);
  return -1;
}

bool link_handshake(struct connection *c) {
  if (c->tls == NULL) begin(c);
  int result = SSL_do_handshake(c->tls);
  if (result != 1) {
    if (blocked(c, result) == 0) fail("TLS: closed within the handshake");
    return false;
  }
  run.handshakes++;
  run.resumed += SSL_session_reused(c->tls);
  return true;
}
#else
bool link_handshake(struct connection *c) {
  (void)c;
  fail("the generator was built without TLS");
}
#endif

long link_read(struct connection *c, char *into, size_t size) {
#ifdef WITH_TLS
  if (c->tls != NULL) {
    int count = SSL_read(c->tls, into, (int)size);
    return count > 0 ? count : blocked(c, count);
  }
#endif
  long count = read(c->fd, into, size);
  if (count < 0 && errno != EAGAIN && errno != EINTR) fail("read: %s", strerror(errno));
  return count;
}

long link_write(struct connection *c, const char *from, size_t size) {
#ifdef WITH_TLS
  if (c->tls != NULL) {
    int count = SSL_write(c->tls, from, size > 1 << 20 ? 1 << 20 : (int)size);
    return count > 0 ? count : blocked(c, count);
  }
#endif
  long count = send(c->fd, from, size, MSG_NOSIGNAL);
  if (count < 0 && errno != EAGAIN && errno != EINTR) fail("write: %s", strerror(errno));
  return count;
}

void link_close(struct connection *c) {
#ifdef WITH_TLS
  if (c->tls != NULL) SSL_free(c->tls);
  c->tls = NULL;
#endif
  close(c->fd);
}
