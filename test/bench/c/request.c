// Asks rtnetlink as a C program would, with plain sockets.
// "request dump TIMES": every IPv4 route, of which it only counts messages and attributes; prints {"count", "ns"} of the
//   quickest.
// "request do COUNT": COUNT times one link by its index, one after the other; prints {"p50", "p99"} in ns.
// "request flight COUNT IN_FLIGHT": the same, so many at a time; prints {"ns"} for all.

#include <linux/rtnetlink.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

// What libmnl recommends for dumps: MNL_SOCKET_DUMP_SIZE. The kernel fills no datagram with more.
static char buffer[32768] __attribute__((aligned(8)));

static uint64_t now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec * 1000000000ull + time.tv_nsec;
}

static int route(void) {
  int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
  struct sockaddr_nl address = {.nl_family = AF_NETLINK};
  if (fd < 0 || bind(fd, (struct sockaddr *)&address, sizeof address) < 0) exit(3);
  return fd;
}

static int receive(int fd) {
  ssize_t length = recv(fd, buffer, sizeof buffer, 0);
  if (length < 0) exit(4);
  return length;
}

static long attributes;

/** Returns how many there are. */
static long dump(int fd) {
  struct {
    struct nlmsghdr header;
    struct rtmsg body;
  } request = {{sizeof request, RTM_GETROUTE, NLM_F_REQUEST | NLM_F_DUMP, 1, 0}, {AF_INET}};
  if (send(fd, &request, sizeof request, 0) < 0) exit(5);
  long count = 0;
  attributes = 0;
  for (;;) {
    int length = receive(fd);
    struct nlmsghdr *message = (struct nlmsghdr *)buffer;
    for (; NLMSG_OK(message, length); message = NLMSG_NEXT(message, length)) {
      if (message->nlmsg_type == NLMSG_DONE) return count;
      count++;
      int left = RTM_PAYLOAD(message);
      struct rtattr *attribute = RTM_RTA((struct rtmsg *)NLMSG_DATA(message));
      for (; RTA_OK(attribute, left); attribute = RTA_NEXT(attribute, left)) attributes++;
    }
  }
}

static void ask(int fd, unsigned seq) {
  struct {
    struct nlmsghdr header;
    struct ifinfomsg body;
  } request = {{sizeof request, RTM_GETLINK, NLM_F_REQUEST | NLM_F_ACK, seq, 0}, {.ifi_index = 1}};
  if (send(fd, &request, sizeof request, 0) < 0) exit(5);
}

/** How many requests a datagram acknowledges. */
static int acknowledged(int fd) {
  int length = receive(fd);
  int count = 0;
  struct nlmsghdr *message = (struct nlmsghdr *)buffer;
  for (; NLMSG_OK(message, length); message = NLMSG_NEXT(message, length)) {
    if (message->nlmsg_type != NLMSG_ERROR) continue;
    if (((struct nlmsgerr *)NLMSG_DATA(message))->error) exit(6);
    count++;
  }
  return count;
}

static int compare(const void *a, const void *b) {
  uint64_t one = *(const uint64_t *)a;
  uint64_t other = *(const uint64_t *)b;
  return (one > other) - (one < other);
}

int main(int count, char **words) {
  if (count < 3) return 2;
  int fd = route();
  int wanted = atoi(words[2]);
  if (strcmp(words[1], "dump") == 0) {
    uint64_t least = UINT64_MAX;
    long found = 0;
    for (int n = 0; n < wanted; n++) {
      uint64_t start = now();
      found = dump(fd);
      uint64_t ns = now() - start;
      if (ns < least) least = ns;
    }
    printf("{\"count\":%ld,\"attributes\":%ld,\"ns\":%lu}\n", found, attributes, least);
    return 0;
  }
  if (strcmp(words[1], "do") == 0) {
    uint64_t *times = calloc(wanted, sizeof *times);
    for (int n = 0; n < wanted; n++) {
      uint64_t start = now();
      ask(fd, n + 1);
      while (acknowledged(fd) == 0);
      times[n] = now() - start;
    }
    qsort(times, wanted, sizeof *times, compare);
    printf("{\"p50\":%lu,\"p99\":%lu}\n", times[wanted / 2], times[wanted / 100 * 99]);
    return 0;
  }
  if (count < 4) return 2;
  int most = atoi(words[3]);
  uint64_t start = now();
  int sent = 0;
  for (int done = 0; done < wanted; done += acknowledged(fd)) {
    while (sent < wanted && sent - done < most) ask(fd, ++sent);
  }
  printf("{\"ns\":%lu}\n", now() - start);
}
