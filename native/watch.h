// Waits for an fd to become readable. In: a receiver. Out: calls of Wake on its JavaScript thread.
// There are two ways to wait, and the caller chooses. Never reads the fd, never closes it.

#ifndef NETLINK_WATCH_H_
#define NETLINK_WATCH_H_

#include <node_api.h>

struct Receiver;

class Watch {
 public:
  /// Calls Wake whenever the fd is readable, until Stop. Until then it keeps the loop alive.
  virtual void Start() = 0;
  virtual void Stop() = 0;
  /// Sets whether it keeps the loop alive while it is started. It does by default.
  virtual void Ref() = 0;
  virtual void Unref() = 0;
  /// Ends it for good, and calls Gone, at once or later. Do not use the watch afterwards.
  virtual void Close() = 0;

 protected:
  ~Watch() = default;
};

/// A poll handle on the loop of the environment; null and a pending exception if libuv refuses the fd.
Watch* WatchOnLoop(napi_env env, Receiver* receiver);

/// A thread that only polls, for runtimes without libuv: Bun and Deno.
Watch* WatchOnThread(napi_env env, Receiver* receiver);

#endif  // NETLINK_WATCH_H_
