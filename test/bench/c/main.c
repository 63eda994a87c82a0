// Runs a C rival when told to, so that both sides of a bench can take turns.
// In: a file of windows, and lines on standard input: "run JOB WINDOW PASSES" or "check JOB". Out: for each a
// line: nanoseconds and entries; or a hash of all that the job wrote, and how many entries.
//
//   file   count u32, then for each window: used u32, bytes

#define _GNU_SOURCE
#include "object.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static struct {
  uint32_t used;
  uint8_t *bytes;
} windows[4096];
static uint32_t window_count;

static const struct {
  const char *name;
  job *run;
  uint32_t entry;
} jobs[] = {
    {"names_loop", names_loop, sizeof(struct sighting)},
    {"ifindex_loop", ifindex_loop, sizeof(uint32_t)},
    {"record_loop", record_loop, sizeof(struct record)},
    {"address_loop", address_loop, sizeof(struct address_record)},
    {"route_loop", route_loop, sizeof(struct route_record)},
    {"neighbour_loop", neighbour_loop, sizeof(struct neighbour_record)},
#ifdef WITH_MNL
    {"record_mnl", record_mnl, sizeof(struct record)},
#endif
#ifdef WITH_NL
    {"record_nl", record_nl, 0},
#endif
};

static uint64_t now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec * 1000000000ull + time.tv_nsec;
}

static void read_windows(const char *path) {
  FILE *file = fopen(path, "rb");
  if (!file || fread(&window_count, 4, 1, file) != 1) exit(2);
  for (uint32_t i = 0; i < window_count; i++) {
    if (fread(&windows[i].used, 4, 1, file) != 1) exit(2);
    windows[i].bytes = aligned_alloc(64, (windows[i].used + 127) & ~63u);
    if (fread(windows[i].bytes, windows[i].used, 1, file) != 1) exit(2);
  }
  fclose(file);
}

int main(int count, char **arguments) {
  if (count != 3) return 2;
  wanted_ifindex = atoi(arguments[2]);
  read_windows(arguments[1]);
  uint8_t *out = aligned_alloc(64, RECORDS_MAX * 8 * sizeof(struct record));
  char verb[16], name[32];
  while (scanf("%15s %31s", verb, name) == 2) {
    unsigned window = 0, passes = 0;
    int which = -1;
    for (unsigned i = 0; i < sizeof jobs / sizeof *jobs; i++)
      if (strcmp(jobs[i].name, name) == 0) which = i;
    if (which < 0) {
      puts("absent");
    } else if (strcmp(verb, "run") == 0 && scanf("%u %u", &window, &passes) == 2) {
      uint32_t entries = 0;
      uint64_t start = now();
      for (unsigned pass = 0; pass < passes; pass++) {
        entries += jobs[which].run(windows[window].bytes, windows[window].used, out);
        __asm__ volatile("" ::: "memory");
      }
      printf("%llu %u\n", (unsigned long long)(now() - start), entries);
    } else {
      uint32_t hash = 2166136261u, entries = 0;
      for (uint32_t i = 0; i < window_count; i++) {
        uint32_t written = jobs[which].run(windows[i].bytes, windows[i].used, out);
        entries += written;
        for (uint32_t at = 0; at < written * jobs[which].entry; at++) hash = (hash ^ out[at]) * 16777619u;
      }
      printf("%u %u\n", hash, entries);
    }
    fflush(stdout);
  }
  return 0;
}
