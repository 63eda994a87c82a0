// Lets a program run on musl with Debian's libstdc++, as Debian has none made for musl: what that library, and a
// Node.js made for glibc, expect of glibc and musl does not have. In place of glibc's loader, which they name and
// do not need. Stands in for nothing that a socket, a thread or the loading of a library goes through.

#include <stddef.h>
#include <string.h>

struct tm;
int open(const char *path, int flags, ...);
long read(int fd, void *buffer, size_t count);
int close(int fd);
size_t strftime_l(char *text, size_t max, const char *format, const struct tm *time, void *locale);

size_t __strftime_l(char *text, size_t max, const char *format, const struct tm *time, void *locale) {
  return strftime_l(text, max, format, time, locale);
}

// Both came to musl later than to Debian 12 and 13.
unsigned long getauxval(unsigned long item);
unsigned long __getauxval(unsigned long item) { return getauxval(item); }
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

// Node.js asks for these besides: it shows what backtrace() finds when it aborts, OpenSSL keeps coroutines in
// contexts that nobody has asked for, and the end of the stack is where it looks if pthread_getattr_np() fails.
typedef struct context context;
int fcntl(int fd, int command, ...);
int pthread_atfork(void (*before)(void), void (*parent)(void), void (*child)(void));
int res_init(void);

void *__libc_stack_end;
int fcntl64(int fd, int command, long argument) { return fcntl(fd, command, argument); }
int __register_atfork(void (*before)(void), void (*parent)(void), void (*child)(void), void *library) {
  return pthread_atfork(before, parent, child);
}
int backtrace(void **frames, int size) { return 0; }
char **backtrace_symbols(void *const *frames, int size) { return NULL; }
void backtrace_symbols_fd(void *const *frames, int size, int fd) {}
const char *gnu_get_libc_version(void) { return "musl"; }
int getcontext(context *into) { return -1; }
int setcontext(const context *from) { return -1; }
void makecontext(context *into, void (*run)(void), int count, ...) {}
int __res_init(void) { return res_init(); }

// Node.js 26 takes this one from libatomic, whose own needs a loader that chooses among functions.
int compare_exchange(size_t size, void *at, void *expected, void *desired, int success, int failure)
    __asm__("__atomic_compare_exchange");
int compare_exchange(size_t size, void *at, void *expected, void *desired, int success, int failure) {
  static char lock;
  while (__atomic_test_and_set(&lock, __ATOMIC_ACQUIRE)) {}
  int same = memcmp(at, expected, size) == 0;
  memcpy(same ? at : expected, same ? desired : at, size);
  __atomic_clear(&lock, __ATOMIC_RELEASE);
  return same;
}
