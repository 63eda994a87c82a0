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

/// The present window. After its memory has grown, the view has length 0.
Drained DrainIntoWindow(const Receiver* receiver) {
  napi_env env = receiver->addon->env;
  napi_value window;
  void* bytes;
  std::size_t length;
  if (napi_get_reference_value(env, receiver->window, &window) != napi_ok ||
      napi_get_typedarray_info(env, window, nullptr, &length, &bytes, nullptr, nullptr) != napi_ok ||
      length < kWindowMinBytes) {
    return {0, false, -EFAULT, false};
  }
  return Drain(receiver->fd, static_cast<std::uint8_t*>(bytes), length);
}

/// callback(errno, usedBytes, isEmpty). An exception in it becomes an uncaughtException. `receiver` may be deleted
/// after it.
void Report(const Receiver* receiver, int error, std::size_t used, bool empty) {
  napi_env env = receiver->addon->env;
  napi_value callback, global, arguments[3];
  if (napi_get_reference_value(env, receiver->callback, &callback) != napi_ok ||
      napi_get_global(env, &global) != napi_ok ||
      napi_create_int32(env, error, &arguments[0]) != napi_ok ||
      napi_create_uint32(env, static_cast<std::uint32_t>(used), &arguments[1]) != napi_ok ||
      napi_get_boolean(env, empty, &arguments[2]) != napi_ok) {
    return;
  }
  // napi_make_callback refuses `undefined` as its receiver. A call that a thread asked for is already in a callback
  // scope, and Deno crashes in a second one.
  if (receiver->onThread) {
    napi_call_function(env, global, callback, 3, arguments, nullptr);
  } else {
    napi_make_callback(env, nullptr, global, callback, 3, arguments, nullptr);
  }

  // If the environment is stopping, the call was refused, and nothing is pending.
  bool isThrown = false;
  napi_value exception;
  if (napi_is_exception_pending(env, &isThrown) == napi_ok && isThrown &&
      napi_get_and_clear_last_exception(env, &exception) == napi_ok) {
    napi_fatal_exception(env, exception);
  }
}

// --- closing ---------------------------------------------------------------------------------

/// Lets the environment end if its last receiver is deleted. `addon` may be deleted after this.
void EndTeardown(Addon* addon) {
  if (addon->teardown != nullptr && addon->receivers == nullptr) {
    napi_remove_async_cleanup_hook(addon->teardown);
  }
}

void DeleteReferences(const Receiver* receiver) {
  napi_env env = receiver->addon->env;
  if (receiver->window != nullptr) napi_delete_reference(env, receiver->window);
  if (receiver->callback != nullptr) napi_delete_reference(env, receiver->callback);
}

/// Deletes the references at once, so that the window is not kept longer than it is used.
void Close(Receiver* receiver) {
  if (receiver->closing) return;
  receiver->closing = true;
  DeleteReferences(receiver);
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
/// last, as a receiver may be deleted at once.
void OnTeardown(napi_async_cleanup_hook_handle handle, void* data) {
  auto* addon = static_cast<Addon*>(data);
  CloseAll(addon);
  addon->teardown = handle;
  EndTeardown(addon);
}

/// Threads end at once, so there is nothing to wait for. Deno frees the handle of an asynchronous hook twice.
void OnThreadTeardown(void* data) { CloseAll(static_cast<Addon*>(data)); }

/// Each kind of watch has its own hook, which is registered when it is first used. If both are, the second one finds
/// only the receivers that the first one is still closing.
bool AddHook(Addon* addon, bool onThread) {
  bool& isHooked = onThread ? addon->isThreadHooked : addon->isLoopHooked;
  if (!isHooked) {
    isHooked =
        (onThread ? napi_add_env_cleanup_hook(addon->env, OnThreadTeardown, addon)
                  : napi_add_async_cleanup_hook(addon->env, OnTeardown, addon, nullptr)) == napi_ok;
  }
  return isHooked;
}

// --- stop and its methods --------------------------------------------------------------------

/// The open receiver of a `stop` function; null once it is closed. The function has an id and no pointer,
/// as it may outlive the receiver.
Receiver* Find(napi_env env, napi_callback_info info) {
  void* id;
  if (napi_get_cb_info(env, info, nullptr, nullptr, nullptr, &id) != napi_ok) return nullptr;
  Receiver* receiver = FindReceiver(AddonOf(env), reinterpret_cast<std::uintptr_t>(id));
  return receiver != nullptr && !receiver->closing ? receiver : nullptr;
}

napi_value Stop(napi_env env, napi_callback_info info) {
  if (Receiver* receiver = Find(env, info)) Close(receiver);
  return nullptr;
}

/// Lets the receiver keep the loop alive, which is also how it starts.
napi_value Ref(napi_env env, napi_callback_info info) {
  if (Receiver* receiver = Find(env, info)) receiver->watch->Ref();
  return nullptr;
}

napi_value Unref(napi_env env, napi_callback_info info) {
  if (Receiver* receiver = Find(env, info)) receiver->watch->Unref();
  return nullptr;
}

/// A paused receiver does not keep the loop alive.
napi_value Pause(napi_env env, napi_callback_info info) {
  Receiver* receiver = Find(env, info);
  if (receiver == nullptr || receiver->paused) return nullptr;
  receiver->paused = true;
  receiver->watch->Stop();
  return nullptr;
}

napi_value Resume(napi_env env, napi_callback_info info) {
  Receiver* receiver = Find(env, info);
  if (receiver == nullptr || !receiver->paused) return nullptr;
  receiver->paused = false;
  receiver->watch->Start();
  return nullptr;
}

bool MakeStop(napi_env env, std::uintptr_t id, napi_value* stop) {
  void* data = reinterpret_cast<void*>(id);
  return napi_create_function(env, "stop", NAPI_AUTO_LENGTH, Stop, data, stop) == napi_ok &&
         SetFunction(env, *stop, "ref", Ref, data) &&
         SetFunction(env, *stop, "unref", Unref, data) &&
         SetFunction(env, *stop, "pause", Pause, data) &&
         SetFunction(env, *stop, "resume", Resume, data);
}

/// Returns whether `value` is a valid window. If not, an exception is pending.
bool CheckWindow(napi_env env, napi_value value) {
  napi_typedarray_type type;
  std::size_t length;
  if (napi_get_typedarray_info(env, value, &type, &length, nullptr, nullptr, nullptr) != napi_ok ||
      type != napi_uint8_array) {
    ThrowInvalidType(env, "window", "a Uint8Array");
    return false;
  }
  if (length < kWindowMinBytes) {
    ThrowOutOfRange(env, "window", "at least 17 bytes, a frame header and one byte");
    return false;
  }
  return true;
}

}  // namespace

Addon* AddonOf(napi_env env) {
  void* addon = nullptr;
  napi_get_instance_data(env, &addon);
  return static_cast<Addon*>(addon);
}

Receiver* FindReceiver(const Addon* addon, std::uintptr_t id) {
  Receiver* receiver = addon->receivers;
  while (receiver != nullptr && receiver->id != id) receiver = receiver->next;
  return receiver;
}

void Wake(Receiver* receiver) {
  const Addon* addon = receiver->addon;
  const napi_env env = addon->env;
  const std::uintptr_t id = receiver->id;
  napi_handle_scope scope;
  if (receiver->closing || napi_open_handle_scope(env, &scope) != napi_ok) return;
  Drained drained = DrainIntoWindow(receiver);
  if (drained.error == -EFAULT) {
    // Nothing more can be received, but the fd stays readable: stop waking up.
    receiver->watch->Stop();
    receiver->paused = true;
  }
  // An overrun and another errno are reported one by one.
  if (drained.overran) {
    Report(receiver, -ENOBUFS, drained.used, drained.empty);
    drained.used = 0;
    receiver = FindReceiver(addon, id);
  }
  if (receiver != nullptr && !receiver->closing && (drained.used != 0 || drained.error != 0)) {
    Report(receiver, drained.error, drained.used, drained.empty);
  }
  napi_close_handle_scope(env, scope);
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

/// Owns the fd once it returns. If it throws, the caller keeps the fd.
napi_value Recv(napi_env env, napi_callback_info info) {
  napi_value arguments[4], stop;
  std::uint32_t number;
  bool onThread = false;
  if (!ReadArguments(env, info, arguments) ||
      !ReadInteger(env, arguments[0], "fd", kIntMax, &number) || !CheckWindow(env, arguments[1])) {
    return nullptr;
  }
  if (!IsOfType(env, arguments[2], napi_function)) {
    ThrowInvalidType(env, "callback", "a function");
    return nullptr;
  }
  if (!IsOfType(env, arguments[3], napi_undefined) &&
      napi_get_value_bool(env, arguments[3], &onThread) != napi_ok) {
    ThrowInvalidType(env, "onThread", "a boolean");
    return nullptr;
  }

  Addon* addon = AddonOf(env);
  const int fd = static_cast<int>(number);
  // Two receivers would take each other's datagrams. Even if one is paused or closing, both would close the fd.
  for (const Receiver* one = addon->receivers; one != nullptr; one = one->next) {
    if (one->fd != fd) continue;
    ThrowErrno(env, "recv", EBUSY);
    return nullptr;
  }
  auto* receiver = new Receiver{};
  receiver->addon = addon;
  receiver->id = ++addon->lastId;
  receiver->fd = fd;
  receiver->onThread = onThread;
  if (MakeStop(env, receiver->id, &stop) &&
      napi_create_reference(env, arguments[1], 1, &receiver->window) == napi_ok &&
      napi_create_reference(env, arguments[2], 1, &receiver->callback) == napi_ok &&
      AddHook(addon, onThread)) {
    receiver->watch = onThread ? WatchOnThread(env, receiver) : WatchOnLoop(env, receiver);
  }
  if (receiver->watch == nullptr) {
    DeleteReferences(receiver);
    delete receiver;
    return nullptr;
  }
  addon->opened.Remove(fd);
  receiver->next = addon->receivers;
  addon->receivers = receiver;
  receiver->watch->Start();
  return stop;
}
