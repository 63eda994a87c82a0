// Waiting for an fd to become readable: in comes a receiver, out go calls of Wake on the thread of its
// JavaScript. Two ways of doing so, and the caller says which. Never reads the fd, never closes it.

#ifndef NETLINK_WATCH_H_
#define NETLINK_WATCH_H_

#include <node_api.h>

struct Receiver;

class Watch {
 public:
  /// Calls Wake whenever the fd is readable, until Stop. While it does, it keeps the loop alive.
  virtual void Start() = 0;
  virtual void Stop() = 0;
  /// Whether it keeps the loop alive while started; it does from the start.
  virtual void Ref() = 0;
  virtual void Unref() = 0;
  /// Ends it for good, and calls Gone: at once or later. The watch is not to be used afterwards.
  virtual void Close() = 0;

 protected:
  ~Watch() = default;
};

/// A poll handle on the loop of the environment; null and an exception where libuv refuses the fd.
Watch* WatchOnLoop(napi_env env, Receiver* receiver);

/// A thread that polls and does nothing else, for runtimes that have no libuv: Bun and Deno.
Watch* WatchOnThread(napi_env env, Receiver* receiver);

#endif  // NETLINK_WATCH_H_
