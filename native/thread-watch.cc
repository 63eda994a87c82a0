// The watch for runtimes without libuv: a thread that polls, and then schedules a call on the JavaScript thread.
//
//   thread   waits for an order ──▶ polls the fd ──▶ calls the threadsafe function ──▶ waits again
//   JS       Arm: an order                                    └▶ OnWake: Wake, then the next order
//
// recvmsg runs only on the JavaScript thread, so window and receiver need no lock. Each order causes one
// wake-up: the fd stays readable until it is drained, and must not be polled meanwhile.

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <atomic>

#include "arguments.h"
#include "receiver.h"

namespace {

class ThreadWatch final : public Watch {
 public:
  explicit ThreadWatch(Receiver* receiver)
      : receiver_(receiver), env_(receiver->addon->env), id_(receiver->id), fd_(receiver->fd) {}

  /// Returns whether it is open. If not, an exception is pending, and everything is released.
  bool Open() {
    pollfd exists = {fd_, POLLIN, 0};
    if (poll(&exists, 1, 0) < 0 || (exists.revents & POLLNVAL) != 0) {
      ThrowErrno(env_, "poll", EBADF);
      return false;
    }
    orders_ = eventfd(0, EFD_CLOEXEC);
    if (orders_ < 0) {
      ThrowErrno(env_, "eventfd", errno);
      return false;
    }
    napi_value name;
    if (napi_create_string_utf8(env_, "netlink", NAPI_AUTO_LENGTH, &name) != napi_ok ||
        napi_create_threadsafe_function(env_, nullptr, nullptr, name, 0, 1, nullptr, nullptr,
                                        receiver_->addon, OnWake, &function_) != napi_ok) {
      close(orders_);
      ThrowErrno(env_, "napi_create_threadsafe_function", ENOMEM);
      return false;
    }
    // Other threads handle signals.
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    const int error = pthread_create(&thread_, nullptr, Run, this);
    pthread_sigmask(SIG_SETMASK, &before, nullptr);
    if (error == 0) return true;
    napi_release_threadsafe_function(function_, napi_tsfn_abort);
    close(orders_);
    ThrowErrno(env_, "pthread_create", error);
    return false;
  }

  void Start() override {
    started_ = true;
    Arm();
    KeepAlive();
  }

  /// An order in progress is not cancelled: its wake-up finds the watch stopped, and does nothing.
  void Stop() override {
    started_ = false;
    KeepAlive();
  }

  void Ref() override {
    referenced_ = true;
    KeepAlive();
  }

  void Unref() override {
    referenced_ = false;
    KeepAlive();
  }

  /// The thread ends at once, as this wakes everything that it can block on.
  void Close() override {
    quit_ = 1;
    Order();
    pthread_join(thread_, nullptr);
    // After napi_closing, the function no longer counts this thread, and may not exist any more.
    if (closed_ == 0) napi_release_threadsafe_function(function_, napi_tsfn_abort);
    close(orders_);
    Gone(receiver_);
    delete this;
  }

 private:
  /// The runtime calls this when the thread has scheduled it. The watch with that id may be deleted by then.
  static void OnWake(napi_env env, napi_value, void* context, void* data) {
    if (env == nullptr) return;
    const auto* addon = static_cast<Addon*>(context);
    const auto id = reinterpret_cast<std::uintptr_t>(data);
    Receiver* receiver = FindReceiver(addon, id);
    if (receiver == nullptr) return;
    auto* watch = static_cast<ThreadWatch*>(receiver->watch);
    watch->armed_ = false;
    if (!watch->started_) return;
    Wake(receiver);
    if (FindReceiver(addon, id) != nullptr && watch->started_) watch->Arm();
  }

  static void* Run(void* self) {
    static_cast<ThreadWatch*>(self)->Loop();
    return nullptr;
  }

  void Loop() {
    for (;;) {
      std::uint64_t count;
      while (read(orders_, &count, sizeof count) < 0 && errno == EINTR) continue;
      if (quit_ != 0) return;
      pollfd fds[] = {{fd_, POLLIN, 0}, {orders_, POLLIN, 0}};
      while (poll(fds, 2, -1) < 0 && errno == EINTR) continue;
      // While an order is in progress, only the order to quit can come.
      if (fds[1].revents != 0) continue;
      void* data = reinterpret_cast<void*>(id_);
      if (napi_call_threadsafe_function(function_, data, napi_tsfn_nonblocking) == napi_closing) {
        closed_ = 1;
        return;
      }
    }
  }

  void Order() {
    const std::uint64_t one = 1;
    while (write(orders_, &one, sizeof one) < 0 && errno == EINTR) continue;
  }

  void Arm() {
    if (armed_) return;
    armed_ = true;
    Order();
  }

  void KeepAlive() {
    if (started_ && referenced_) {
      napi_ref_threadsafe_function(env_, function_);
    } else {
      napi_unref_threadsafe_function(env_, function_);
    }
  }

  Receiver* const receiver_;
  const napi_env env_;
  const std::uintptr_t id_;
  const int fd_;
  int orders_ = -1;
  pthread_t thread_;
  napi_threadsafe_function function_ = nullptr;
  bool started_ = false;
  bool referenced_ = true;
  bool armed_ = false;
  // Only loads and stores of words, as these are one instruction on every architecture and need no call into libgcc.
  std::atomic<std::uint32_t> quit_ = 0;
  std::atomic<std::uint32_t> closed_ = 0;
};

}  // namespace

Watch* WatchOnThread(napi_env, Receiver* receiver) {
  auto* watch = new ThreadWatch(receiver);
  if (watch->Open()) return watch;
  delete watch;
  return nullptr;
}
