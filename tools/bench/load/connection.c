/* One connection: through the sections of the script, each step written, its replies counted and compared. */
#define _GNU_SOURCE
#include "load.h"
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>

int alive, held, opening;

static const struct section *section_of(const struct connection *c) { return &run.script.sections[c->section]; }
static const struct step *step_of(const struct connection *c) { return &section_of(c)->steps[c->step]; }

/* Another message for this connection, if one is left and it may have one more. */
static bool take(struct connection *c) {
  if (run.taken == run.messages || (run.per_connection > 0 && c->sent == run.per_connection)) return false;
  run.taken++;
  c->sent++;
  return true;
}

static void flush(struct connection *c) {
  while (c->left > 0) {
    long count = link_write(c, c->out, c->left);
    if (count < 0) {
      link_wants(c, true);
      return;
    }
    run.sent += count;
    c->out += count;
    c->left -= (size_t)count;
  }
  link_wants(c, false);
}

/* Messages as the window has room for, in one write. */
static void fill(struct connection *c) {
  if (c->left > 0) return;
  const struct step *step = step_of(c);
  int more = 0;
  while (c->flight + more < run.window && take(c)) more++;
  c->flight += more;
  c->out = step->out;
  c->left = step->length / (size_t)run.window * (size_t)more;
  flush(c);
}

static void enter(struct connection *c, int section) {
  c->section = section;
  c->step = -1;
}

/* The section is over: which one follows. Where there is a window, `cycle` ends when nothing is in flight. */
static void leave(struct connection *c) {
  if (c->section == OPEN) {
    opening--;
    if (run.hold) held++;
    if (run.window > 1) enter(c, CYCLE);
    else enter(c, take(c) ? FIRST : CLOSE);
    return;
  }
  if (c->section == CLOSE) {
    c->closing = true;
    return;
  }
  if (c->section == LAST || run.window > 1) {
    if (run.window == 1) run.done++;
    enter(c, CLOSE);
    return;
  }
  if (c->section == CYCLE) run.done++;
  enter(c, take(c) ? CYCLE : LAST);
}

/* The next step is begun; sections without steps are passed through. */
static void advance(struct connection *c) {
  while (c->step + 1 >= section_of(c)->count) {
    leave(c);
    if (c->closing || (run.hold && c->section != OPEN)) return;
  }
  c->step++;
  c->replies = 0;
  const struct step *step = step_of(c);
  if (step->handshake) {
    c->handshaking = true;
  } else if (c->section == CYCLE && run.window > 1) {
    c->left = 0;
    fill(c);
    if (c->flight == 0) advance(c);
  } else {
    c->out = step->out;
    c->left = step->length;
    flush(c);
    if (step->count == 0) advance(c);
  }
}

/* A whole reply. */
static void reply(struct connection *c) {
  const struct step *step = step_of(c);
  run.replies++;
  if (c->closing || c->handshaking || (run.hold && c->section != OPEN)) fail("not asked for: %s", c->line);
  int expected = step->codes[c->replies % step->count];
  if (c->code != expected) fail("expected %d, got: %s", expected, c->line);
  c->replies++;
  bool windowed = c->section == CYCLE && run.window > 1;
  if (windowed && c->replies == step->count) {
    c->replies = 0;
    c->flight--;
    run.done++;
    if (c->flight < 0) fail("more replies than messages: %s", c->line);
  } else if (!windowed && c->replies == step->count) {
    if (c->left > 0) fail("replied before all was sent: %s", c->line);
    advance(c);
  }
}

static void parse(struct connection *c, const char *at, const char *end) {
  while (at < end) {
    char octet = *at++;
    if (c->column < 3) {
      if (octet < '0' || octet > '9') fail("not a reply: %.60s", at - 1);
      c->code = c->code * 10 + (octet - '0');
    } else if (c->column == 3) {
      c->more = octet == '-';
    } else if (octet == '\n') {
      c->line[c->column < 127 ? c->column : 127] = 0;
      c->column = 0;
      if (!c->more) reply(c);
      c->code = 0;
      continue;
    }
    if (c->column < 127) c->line[c->column] = octet == '\r' ? 0 : octet;
    c->column++;
  }
}

void open_connection(struct connection *c) {
  static int turn;
  memset(c, 0, sizeof *c);
  c->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (c->fd < 0) fail("socket: %s", strerror(errno));
  int on = 1;
  setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  struct sockaddr_in address = {.sin_family = AF_INET};
  if (run.addresses > 1) {
    address.sin_addr.s_addr = htonl(0x7f000002u + (unsigned)(turn++ % run.addresses));
    setsockopt(c->fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof on);
    if (bind(c->fd, (struct sockaddr *)&address, sizeof address) < 0) fail("bind: %s", strerror(errno));
  }
  address.sin_port = htons((unsigned short)run.port);
  inet_pton(AF_INET, run.host, &address.sin_addr);
  c->connecting = c->wants_write = true;
  alive++;
  opening++;
  run.connections++;
  struct epoll_event event = {.events = EPOLLIN | EPOLLOUT, .data.ptr = c};
  if (epoll_ctl(poller, EPOLL_CTL_ADD, c->fd, &event) < 0) fail("epoll_ctl: %s", strerror(errno));
  if (connect(c->fd, (struct sockaddr *)&address, sizeof address) < 0 && errno != EINPROGRESS)
    fail("connect: %s", strerror(errno));
}

/* At the end of what the peer has to say: it has to be the end of the script too. */
static void finish(struct connection *c) {
  if (!c->closing) fail("closed by the server after: %s", c->line);
  link_close(c);
  alive--;
  if (run.taken + opening < run.messages) open_connection(c);
}

void attend(struct connection *c, unsigned events) {
  static char buffer[65536];
  if (c->connecting) {
    int error = 0;
    socklen_t size = sizeof error;
    getsockopt(c->fd, SOL_SOCKET, SO_ERROR, &error, &size);
    if (error != 0) fail("connect: %s", strerror(error));
    if ((events & EPOLLOUT) == 0) return;
    c->connecting = false;
    link_wants(c, false);
    c->step = -1;
    advance(c);
    if (!c->handshaking) return;
  }
  if ((events & EPOLLOUT) != 0) flush(c);
  for (;;) {
    if (c->handshaking) {
      if (!link_handshake(c)) return;
      c->handshaking = false;
      link_wants(c, false);
      advance(c);
    }
    long count = link_read(c, buffer, sizeof buffer);
    if (count < 0) break;
    if (count == 0) {
      finish(c);
      return;
    }
    run.received += count;
    parse(c, buffer, buffer + count);
    if (count < (long)sizeof buffer && !c->handshaking
#ifdef WITH_TLS
        && c->tls == NULL
#endif
    )
      break;
  }
  if (c->section == CYCLE && run.window > 1 && c->step == 0) {
    fill(c);
    if (c->flight == 0) advance(c);
  }
}
