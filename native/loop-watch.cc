// The watch of Node.js: a uv_poll handle on the caller's own loop.
// In comes an fd, out goes one wake-up a turn of the loop. Never looks at what libuv says of the fd.

#include <uv.h>

#include "arguments.h"
#include "receiver.h"

// A runtime without libuv can load the shim all the same.
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
  /// The error of libuv, or 0. Fails with EEXIST if the loop polls this fd already.
  int Open(uv_loop_t* loop, Receiver* receiver) {
    receiver_ = receiver;
    poll_.data = this;
    return uv_poll_init(loop, &poll_, receiver->fd);
  }

  void Start() override {
    started_ = true;
    uv_poll_start(&poll_, UV_READABLE, OnReadable);
  }

  /// A stopped handle is inactive to libuv: it does not keep the loop alive.
  void Stop() override {
    started_ = false;
    uv_poll_stop(&poll_);
  }

  void Ref() override { uv_ref(handle()); }
  void Unref() override { uv_unref(handle()); }

  /// The fd is closed only when the handle is: earlier, its number could be reused while still polled.
  void Close() override {
    started_ = false;
    uv_close(handle(), OnClosed);
  }

 private:
  uv_handle_t* handle() { return reinterpret_cast<uv_handle_t*>(&poll_); }

  /// A pending error, such as the ENOBUFS of an overrun, is POLLERR to libuv: it reports UV_EBADF and
  /// stops polling. So the status says nothing; recvmsg has the real errno, and polling goes on.
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
