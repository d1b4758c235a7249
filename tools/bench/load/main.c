/*
 * A load generator: plays a script of writes and expected replies over many connections, in one thread, by epoll.
 *
 * The script is a file made by the bench (src/load/script.ts). Each connection goes through its sections: `open`, then
 * `first`, then `cycle` for each message that another follows and `last` for the final one, then `close`. A reply with
 * another code than the script's ends the run with status 1. At the end one line of JSON says what was sent and seen.
 *
 *   load --script FILE --port P [--host H] [--sessions N] [--messages M] [--window W] [--each K] [--addresses A]
 *        [--limit SECONDS] [--hold] [--resume]
 *
 * --each: messages over one connection, then another is opened. --hold: opens all sessions, says `ready`, and waits for
 * the end of standard input. --addresses: how many of 127.0.0.2, 127.0.0.3 ... to connect from. --window: messages in
 * flight, where `cycle` is one step that repeats its message that many times.
 */
#define _GNU_SOURCE
#include "load.h"
#include <errno.h>
#include <getopt.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

struct run run = {.host = "127.0.0.1", .sessions = 1, .window = 1, .addresses = 1, .messages = 1};
int poller;

void fail(const char *format, ...) {
  va_list values;
  va_start(values, format);
  vfprintf(stderr, format, values);
  va_end(values);
  fputc('\n', stderr);
  exit(1);
}

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static double cpu(void) {
  struct rusage used;
  getrusage(RUSAGE_SELF, &used);
  return (double)(used.ru_utime.tv_sec + used.ru_stime.tv_sec) +
         (double)(used.ru_utime.tv_usec + used.ru_stime.tv_usec) / 1e6;
}

static void options(int argc, char **argv) {
  static const struct option known[] = {
      {"script", 1, 0, 's'}, {"port", 1, 0, 'p'},      {"host", 1, 0, 'h'},  {"sessions", 1, 0, 'n'}, {"messages", 1, 0, 'm'}, {"window", 1, 0, 'w'},
      {"each", 1, 0, 'e'},   {"addresses", 1, 0, 'a'}, {"limit", 1, 0, 'l'}, {"hold", 0, 0, 'o'},     {"resume", 0, 0, 'r'},   {0, 0, 0, 0}};
  const char *script = NULL;
  int limit = 120;
  for (int o; (o = getopt_long(argc, argv, "", known, NULL)) != -1;) {
    if (o == 's') script = optarg;
    else if (o == 'p') run.port = atoi(optarg);
    else if (o == 'h') run.host = optarg;
    else if (o == 'n') run.sessions = atoi(optarg);
    else if (o == 'm') run.messages = atol(optarg);
    else if (o == 'w') run.window = atoi(optarg);
    else if (o == 'e') run.per_connection = atol(optarg);
    else if (o == 'a') run.addresses = atoi(optarg);
    else if (o == 'l') limit = atoi(optarg);
    else if (o == 'o') run.hold = true;
    else if (o == 'r') run.resume = true;
    else exit(64);
  }
  if (script == NULL || run.port == 0) fail("load: --script and --port are needed");
  read_script(script, &run.script);
  alarm((unsigned)limit);
}

/* Says `ready`, and waits until the bench has measured what it wanted to. */
static void wait_for_word(void) {
  puts("ready");
  fflush(stdout);
  char octet;
  while (read(STDIN_FILENO, &octet, 1) > 0) continue;
}

/* Not more at a time than a backlog holds; where TLS is to be resumed, one until there is something to resume. */
static bool may_open(void) {
  if (run.resume && !run.ticket && alive > 0) return false;
  return opening < 100 && (run.per_connection == 0 || run.taken + opening < run.messages);
}

int main(int argc, char **argv) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  signal(SIGPIPE, SIG_IGN);
  options(argc, argv);
  struct rlimit files;
  getrlimit(RLIMIT_NOFILE, &files);
  files.rlim_cur = files.rlim_max;
  setrlimit(RLIMIT_NOFILE, &files);
  poller = epoll_create1(EPOLL_CLOEXEC);

  struct connection *all = calloc((size_t)run.sessions, sizeof *all);
  int opened = 0;
  double start = now();
  struct epoll_event events[256];
  while (alive > 0 || opened == 0) {
    while (opened < run.sessions && may_open()) open_connection(&all[opened++]);
    if (run.hold && held == run.sessions) {
      wait_for_word();
      break;
    }
    int count = epoll_wait(poller, events, 256, -1);
    if (count < 0 && errno != EINTR) fail("epoll_wait: %s", strerror(errno));
    for (int i = 0; i < count; i++) attend(events[i].data.ptr, events[i].events);
  }
  if (!run.hold && run.done != run.messages) fail("%ld of %ld messages were done", run.done, run.messages);
  printf("{\"messages\":%ld,\"replies\":%ld,\"sent\":%ld,\"received\":%ld,\"connections\":%ld,\"handshakes\":%ld,"
         "\"resumed\":%ld,\"seconds\":%.6f,\"cpu\":%.6f}\n",
         run.done, run.replies, run.sent, run.received, run.connections, run.handshakes, run.resumed, now() - start, cpu());
  return 0;
}
