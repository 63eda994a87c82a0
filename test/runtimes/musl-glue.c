// Lets a program for musl run with Debian's libstdc++, as Debian has none made for musl: what that library
// expects of glibc and musl does not have. In place of glibc's loader, which it names and does not need.

#include <stddef.h>

struct tm;
int open(const char *path, int flags, ...);
long read(int fd, void *buffer, size_t count);
int close(int fd);
size_t strftime_l(char *text, size_t max, const char *format, const struct tm *time, void *locale);

size_t __strftime_l(char *text, size_t max, const char *format, const struct tm *time, void *locale) {
  return strftime_l(text, max, format, time, locale);
}

unsigned arc4random(void) {
  unsigned value = 0;
  int fd = open("/dev/urandom", 0);
  read(fd, &value, sizeof value);
  close(fd);
  return value;
}

// Destructors of thread-locals do not run: the process ends soon.
int __cxa_thread_atexit_impl(void (*run)(void *), void *object, void *library) { return 0; }
int _dl_find_object(void *address, void *result) { return -1; }
int __cpu_indicator_init(void) { return 0; }
struct { unsigned vendor, type, subtype, features[1]; } __cpu_model;
char __libc_single_threaded = 0;
