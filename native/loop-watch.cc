// The watch of Node.js: a uv_poll handle on the caller's own loop.
// In: an fd. Out: at most one wake-up in each turn of the loop. Ignores the status that libuv reports.

#include <uv.h>

#include "arguments.h"
#include "receiver.h"

// Weak, so that a runtime without libuv can load the shim, too.
#pragma weak uv_poll_init
#pragma weak uv_poll_start
#pragma weak uv_poll_stop
#pragma weak uv_close
#pragma weak uv_ref
#pragma weak uv_unref
#pragma weak napi_get_uv_event_loop

namespace {

class LoopWatch final : public Watch {
 public:
  /// Returns libuv's error, or 0. Fails with EEXIST if the loop already polls this fd.
  int Open(uv_loop_t* loop, Receiver* receiver) {
    receiver_ = receiver;
    poll_.data = this;
    return uv_poll_init(loop, &poll_, receiver->fd);
  }

  void Start() override {
    started_ = true;
    uv_poll_start(&poll_, UV_READABLE, OnReadable);
  }

  /// A stopped handle is inactive for libuv, and does not keep the loop alive.
  void Stop() override {
    started_ = false;
    uv_poll_stop(&poll_);
  }

  void Ref() override { uv_ref(handle()); }
  void Unref() override { uv_unref(handle()); }

  /// The fd is closed only after the handle. Otherwise its number could be reused while it is still polled.
  void Close() override {
    started_ = false;
    uv_close(handle(), OnClosed);
  }

 private:
  uv_handle_t* handle() { return reinterpret_cast<uv_handle_t*>(&poll_); }

  /// For libuv, a pending error such as the ENOBUFS of an overrun is POLLERR: it reports UV_EBADF and
  /// stops polling. So the status is ignored: recvmsg returns the real errno, and polling is started again.
  static void OnReadable(uv_poll_t* poll, int status, int) {
    auto* watch = static_cast<LoopWatch*>(poll->data);
    Wake(watch->receiver_);
    if (status < 0 && watch->started_) watch->Start();
  }

  static void OnClosed(uv_handle_t* handle) {
    auto* watch = static_cast<LoopWatch*>(handle->data);
    Gone(watch->receiver_);
    delete watch;
  }

  uv_poll_t poll_;
  Receiver* receiver_;
  bool started_;
};

}  // namespace

Watch* WatchOnLoop(napi_env env, Receiver* receiver) {
  uv_loop_t* loop;
  if (napi_get_uv_event_loop(env, &loop) != napi_ok) return nullptr;
  auto* watch = new LoopWatch{};
  if (int error = watch->Open(loop, receiver)) {
    delete watch;
    ThrowErrno(env, "uv_poll_init", error);
    return nullptr;
  }
  return watch;
}
