// recv: in comes a bound fd, a window and a callback, out go wake-ups and a `stop` function.
// Never parses, never retries (but EINTR), never decides what an errno means.

#ifndef NETLINK_RECEIVER_H_
#define NETLINK_RECEIVER_H_

#include <napi.h>
#include <uv.h>

struct Receiver;

/// The state of one environment (the main thread, or one worker): its loop and its open receivers.
struct Addon {
  explicit Addon(napi_env env);

  napi_env env;
  uv_loop_t* loop = nullptr;
  /// The handle table: a list, as a process has one or two. A receiver stays until its poll handle
  /// is closed.
  Receiver* receivers = nullptr;
  std::uintptr_t lastId = 0;
  /// Set while the environment waits for the last receiver to close.
  napi_async_cleanup_hook_handle teardown = nullptr;
};

/// recv(fd, window, callback) → stop
Napi::Value Recv(const Napi::CallbackInfo& info);

#endif  // NETLINK_RECEIVER_H_
