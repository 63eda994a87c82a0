// Makes link events, and receives them as a C program would.
// "link send FILE NAME COUNT GAP_US": COUNT changes of a link's txqueuelen, GAP_US apart (0: flat out); the
//   time of each request is kept in FILE; prints how long all took.
// "link epoll FILE NAME BUFFER COUNT": an epoll and recv loop on RTMGRP_LINK; takes the time from each request
//   to its event, until standard input ends; then prints what it saw as one JSON line.

#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "event.h"

#ifndef SO_RCVBUFFORCE
#define SO_RCVBUFFORCE 33
#endif

static uint64_t now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec * 1000000000ull + time.tv_nsec;
}

static int route(unsigned groups) {
  int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
  struct sockaddr_nl address = {.nl_family = AF_NETLINK, .nl_groups = groups};
  if (fd < 0 || bind(fd, (struct sockaddr *)&address, sizeof address) < 0) exit(3);
  return fd;
}

/** IFLA_TXQLEN carries the number of the event: both receivers find there which one it is. */
static int send_events(const char *file, const char *name, uint32_t count, long gap) {
  int fd = route(0);
  int shared = open(file, O_RDWR | O_CREAT, 0600);
  if (shared < 0 || ftruncate(shared, (count + 2) * 8) < 0) return 3;
  uint64_t *sent = mmap(0, (count + 2) * 8, PROT_READ | PROT_WRITE, MAP_SHARED, shared, 0);
  struct {
    struct nlmsghdr header;
    struct ifinfomsg link;
    struct nlattr attribute;
    uint32_t value;
  } request = {
      .header = {.nlmsg_len = sizeof request, .nlmsg_type = RTM_NEWLINK, .nlmsg_flags = NLM_F_REQUEST},
      .link = {.ifi_index = if_nametoindex(name)},
      .attribute = {.nla_len = 8, .nla_type = IFLA_TXQLEN},
  };
  if (request.link.ifi_index == 0) return 4;
  uint64_t start = now();
  for (uint32_t n = 1; n <= count; n++) {
    request.value = n;
    sent[n] = now();
    if (send(fd, &request, sizeof request, 0) < 0) return 5;
    if (gap) {
      uint64_t until = sent[n] + gap * 1000ull;
      struct timespec rest = {.tv_nsec = gap * 1000};
      nanosleep(&rest, 0);
      while (now() < until) sched_yield();
    }
  }
  printf("{\"sent\":%u,\"seconds\":%.6f}\n", count, (now() - start) / 1e9);
  return 0;
}

static int compare(const void *a, const void *b) {
  double left = *(const double *)a, right = *(const double *)b;
  return (left > right) - (left < right);
}

static int receive(const char *file, const char *name, int buffer, uint32_t most) {
  int fd = route(RTMGRP_LINK);
  if (buffer && setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &buffer, sizeof buffer) < 0)
    setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &buffer, sizeof buffer);
  fcntl(fd, F_SETFL, O_NONBLOCK);
  int shared = open(file, O_RDWR | O_CREAT, 0600);
  if (shared < 0 || ftruncate(shared, (most + 2) * 8) < 0) return 3;
  volatile uint64_t *sent = mmap(0, (most + 2) * 8, PROT_READ | PROT_WRITE, MAP_SHARED, shared, 0);
  double *latency = calloc(most + 2, sizeof *latency);
  uint8_t *known = calloc(most + 2, 1);
  int poll = epoll_create1(0);
  struct epoll_event want = {.events = EPOLLIN, .data.fd = fd}, end = {.events = EPOLLIN, .data.fd = 0};
  epoll_ctl(poll, EPOLL_CTL_ADD, fd, &want);
  epoll_ctl(poll, EPOLL_CTL_ADD, 0, &end);
  static uint8_t bytes[65536];
  uint32_t seen = 0, overruns = 0;
  int ifindex = if_nametoindex(name);
  struct rusage before;
  getrusage(RUSAGE_SELF, &before);
  puts("ready");
  fflush(stdout);
  for (int done = 0; !done;) {
    struct epoll_event events[2];
    int count = epoll_wait(poll, events, 2, -1);
    for (int i = 0; i < count; i++) {
      if (events[i].data.fd == 0) {
        done = 1;
        continue;
      }
      for (;;) {
        ssize_t length = recv(fd, bytes, sizeof bytes, 0);
        if (length < 0 && errno == ENOBUFS) {
          overruns++;
          continue;
        }
        if (length < 0) break;
        uint32_t event = event_of(bytes, length, ifindex);
        if (event < 1 || event > most || known[event]) continue;
        known[event] = 1;
        latency[seen++] = (now() - sent[event]) / 1e3;
      }
    }
  }
  struct rusage after;
  getrusage(RUSAGE_SELF, &after);
  double cpu = (after.ru_utime.tv_sec - before.ru_utime.tv_sec + after.ru_stime.tv_sec - before.ru_stime.tv_sec) * 1e6 +
               after.ru_utime.tv_usec - before.ru_utime.tv_usec + after.ru_stime.tv_usec - before.ru_stime.tv_usec;
  qsort(latency, seen, sizeof *latency, compare);
  printf("{\"seen\":%u,\"overruns\":%u,\"p50\":%.1f,\"p99\":%.1f,\"cpuUs\":%.0f}\n", seen, overruns,
         seen ? latency[seen / 2] : 0, seen ? latency[seen * 99 / 100] : 0, cpu);
  return 0;
}

int main(int count, char **a) {
  if (count == 6 && strcmp(a[1], "send") == 0) return send_events(a[2], a[3], atoi(a[4]), atol(a[5]));
  if (count == 6 && strcmp(a[1], "epoll") == 0) return receive(a[2], a[3], atoi(a[4]), atoi(a[5]));
  return 2;
}
