// The receiver: a watch over an fd, one callback per wake-up.
//
//   open ──pause──▶ paused ──resume──▶ open        paused: the kernel's queue is the backpressure
//     └────────────stop, teardown────────▶ closing ──watch ended──▶ fd closed, gone

#include "receiver.h"

#include <errno.h>
#include <unistd.h>

#include "arguments.h"
#include "drain.h"

namespace {

// --- wake-ups --------------------------------------------------------------------------------

/// The window as it is now: a memory that has grown leaves a view of length 0 behind.
Drained DrainIntoWindow(Receiver* receiver) {
  Napi::Uint8Array window = receiver->window.Value();
  if (window.ElementLength() < kWindowMinBytes) return {0, -EFAULT, false};
  return Drain(receiver->fd, window.Data(), window.ElementLength());
}

/// callback(errno, usedBytes, isEmpty). What it throws becomes an uncaughtException.
void Report(Receiver* receiver, Drained drained) {
  napi_env env = receiver->addon->env;
  napi_value arguments[3];
  napi_create_int32(env, drained.error, &arguments[0]);
  napi_create_uint32(env, static_cast<std::uint32_t>(drained.used), &arguments[1]);
  napi_get_boolean(env, drained.empty, &arguments[2]);

  // napi_make_callback refuses `undefined` as its receiver. What a thread has asked for runs in a callback
  // scope already, and Deno crashes in a second one.
  const Napi::Object global = Napi::Env(env).Global();
  const Napi::Function callback = receiver->callback.Value();
  if (receiver->onThread) {
    napi_call_function(env, global, callback, 3, arguments, nullptr);
  } else {
    napi_make_callback(env, nullptr, global, callback, 3, arguments, nullptr);
  }

  bool thrown = false;
  napi_is_exception_pending(env, &thrown);
  if (!thrown) return;
  napi_value exception;
  if (napi_get_and_clear_last_exception(env, &exception) != napi_ok) return;
  napi_fatal_exception(env, exception);
}

// --- closing ---------------------------------------------------------------------------------

/// The environment may go once its last receiver is gone. `addon` may be gone after this.
void EndTeardown(Addon* addon) {
  if (addon->teardown != nullptr && addon->receivers == nullptr) {
    napi_remove_async_cleanup_hook(addon->teardown);
  }
}

/// The references go at once, so that a window is never held longer than its use.
void Close(Receiver* receiver) {
  if (receiver->closing) return;
  receiver->closing = true;
  receiver->window.Reset();
  receiver->callback.Reset();
  receiver->watch->Close();
}

void CloseAll(Addon* addon) {
  for (Receiver* receiver = addon->receivers; receiver != nullptr;) {
    Receiver* next = receiver->next;
    Close(receiver);
    receiver = next;
  }
}

/// Asynchronous: the environment waits for EndTeardown, so no watch outlives it. The handle is noted
/// last, as a receiver may be gone at once.
void OnTeardown(napi_async_cleanup_hook_handle handle, void* data) {
  auto* addon = static_cast<Addon*>(data);
  CloseAll(addon);
  addon->teardown = handle;
  EndTeardown(addon);
}

/// Threads end at once, so nothing is to be waited for. Deno frees the handle of an asynchronous hook twice.
void OnThreadTeardown(void* data) { CloseAll(static_cast<Addon*>(data)); }

/// Each kind of watch has its own, and only what is used is registered. The second of two finds nothing left
/// but what the first is still closing.
void AddHook(Addon* addon, bool onThread) {
  bool& isHooked = onThread ? addon->isThreadHooked : addon->isLoopHooked;
  if (isHooked) return;
  isHooked = true;
  if (onThread) {
    napi_add_env_cleanup_hook(addon->env, OnThreadTeardown, addon);
  } else {
    napi_add_async_cleanup_hook(addon->env, OnTeardown, addon, nullptr);
  }
}

// --- stop and its methods --------------------------------------------------------------------

/// The open receiver a `stop` function belongs to, or null once it is closed. The function carries
/// an id, never a pointer: it may outlive the receiver.
Receiver* Find(const Napi::CallbackInfo& info) {
  const auto id = reinterpret_cast<std::uintptr_t>(info.Data());
  Receiver* receiver = FindReceiver(info.Env().GetInstanceData<Addon>(), id);
  return receiver != nullptr && !receiver->closing ? receiver : nullptr;
}

void Stop(const Napi::CallbackInfo& info) {
  if (Receiver* receiver = Find(info)) Close(receiver);
}

/// Lets the receiver keep the loop alive, as it does from the start.
void Ref(const Napi::CallbackInfo& info) {
  if (Receiver* receiver = Find(info)) receiver->watch->Ref();
}

void Unref(const Napi::CallbackInfo& info) {
  if (Receiver* receiver = Find(info)) receiver->watch->Unref();
}

/// A paused receiver does not keep the loop alive.
void Pause(const Napi::CallbackInfo& info) {
  Receiver* receiver = Find(info);
  if (receiver == nullptr || receiver->paused) return;
  receiver->paused = true;
  receiver->watch->Stop();
}

void Resume(const Napi::CallbackInfo& info) {
  Receiver* receiver = Find(info);
  if (receiver == nullptr || !receiver->paused) return;
  receiver->paused = false;
  receiver->watch->Start();
}

Napi::Function StopFunction(Napi::Env env, std::uintptr_t id) {
  void* data = reinterpret_cast<void*>(id);
  Napi::Function stop = Napi::Function::New<Stop>(env, "stop", data);
  stop.Set("ref", Napi::Function::New<Ref>(env, "ref", data));
  stop.Set("unref", Napi::Function::New<Unref>(env, "unref", data));
  stop.Set("pause", Napi::Function::New<Pause>(env, "pause", data));
  stop.Set("resume", Napi::Function::New<Resume>(env, "resume", data));
  return stop;
}

/// Whether `value` can serve as a window; otherwise an exception is pending.
bool CheckWindow(Napi::Value value) {
  if (!value.IsTypedArray() ||
      value.As<Napi::TypedArray>().TypedArrayType() != napi_uint8_array) {
    ThrowInvalidType(value.Env(), "window", "a Uint8Array");
    return false;
  }
  if (value.As<Napi::TypedArray>().ByteLength() < kWindowMinBytes) {
    ThrowOutOfRange(value.Env(), "window", "at least 17 bytes, a frame header and one byte");
    return false;
  }
  return true;
}

}  // namespace

Receiver* FindReceiver(const Addon* addon, std::uintptr_t id) {
  Receiver* receiver = addon->receivers;
  while (receiver != nullptr && receiver->id != id) receiver = receiver->next;
  return receiver;
}

void Wake(Receiver* receiver) {
  Napi::HandleScope scope(receiver->addon->env);
  if (receiver->closing) return;
  const Drained drained = DrainIntoWindow(receiver);
  if (drained.error == -EFAULT) {
    // Nothing can be received any more, and the fd would stay readable: wake up no more.
    receiver->watch->Stop();
    receiver->paused = true;
  }
  if (drained.used != 0 || drained.error != 0) Report(receiver, drained);
}

void Gone(Receiver* receiver) {
  Addon* addon = receiver->addon;
  Receiver** link = &addon->receivers;
  while (*link != receiver) link = &(*link)->next;
  *link = receiver->next;
  close(receiver->fd);
  delete receiver;
  EndTeardown(addon);
}

/// Owns the fd once it returns; while it throws, the fd stays the caller's.
Napi::Value Recv(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  std::uint32_t fd;
  if (!ReadInteger(info[0], "fd", kIntMax, &fd) || !CheckWindow(info[1])) return {};
  if (!info[2].IsFunction()) {
    ThrowInvalidType(env, "callback", "a function");
    return {};
  }
  if (!info[3].IsUndefined() && !info[3].IsBoolean()) {
    ThrowInvalidType(env, "onThread", "a boolean");
    return {};
  }
  const bool onThread = info[3].IsBoolean() && info[3].As<Napi::Boolean>().Value();

  auto* addon = env.GetInstanceData<Addon>();
  AddHook(addon, onThread);
  auto* receiver = new Receiver{};
  receiver->addon = addon;
  receiver->id = ++addon->lastId;
  receiver->fd = static_cast<int>(fd);
  receiver->onThread = onThread;
  Napi::Function stop = StopFunction(env, receiver->id);
  receiver->watch = onThread ? WatchOnThread(env, receiver) : WatchOnLoop(env, receiver);
  if (receiver->watch == nullptr) {
    delete receiver;
    return {};
  }
  receiver->window = Napi::Persistent(info[1].As<Napi::Uint8Array>());
  receiver->callback = Napi::Persistent(info[2].As<Napi::Function>());
  receiver->next = addon->receivers;
  addon->receivers = receiver;
  receiver->watch->Start();
  return stop;
}
