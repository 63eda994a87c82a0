// recv. In: a bound fd, a window and a callback. Out: wake-ups, and a `stop` function.
// Never parses, retries only EINTR, and never decides what an errno means.

#ifndef NETLINK_RECEIVER_H_
#define NETLINK_RECEIVER_H_

#include <node_api.h>

#include "opened.h"
#include "watch.h"

struct Receiver;

/// The state of one environment (the main thread, or one worker): its sockets, and its open receivers.
struct Addon {
  explicit Addon(napi_env env) : env(env) {}

  napi_env env;
  OpenedSockets opened;
  bool isLoopHooked = false;
  bool isThreadHooked = false;
  /// The receivers: a list, as a process has one or two. A receiver stays in it until its watch has ended.
  Receiver* receivers = nullptr;
  std::uintptr_t lastId = 0;
  /// Set while the environment waits for the last receiver to close.
  napi_async_cleanup_hook_handle teardown = nullptr;
};

struct Receiver {
  Addon* addon;
  Receiver* next;
  std::uintptr_t id;
  int fd;
  Watch* watch;
  bool onThread;
  bool paused;
  bool closing;
  napi_ref window;
  napi_ref callback;
};

Addon* AddonOf(napi_env env);

/// The receiver with that id, even while it closes; null once it is deleted.
Receiver* FindReceiver(const Addon* addon, std::uintptr_t id);

/// The fd is readable, or has an error pending: drains it and calls back. `receiver` may be deleted after it.
void Wake(Receiver* receiver);

/// Nothing polls the fd any more: closes it. `receiver` is deleted after it, and its addon may be, too.
void Gone(Receiver* receiver);

/// recv(fd, window, callback, onThread?) → stop
napi_value Recv(napi_env env, napi_callback_info info);

#endif  // NETLINK_RECEIVER_H_
