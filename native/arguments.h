// The JavaScript edge: in come arguments and errnos, out go checked values and pending exceptions.
// Never calls the kernel, never names an errno: prose is TypeScript's.

#ifndef NETLINK_ARGUMENTS_H_
#define NETLINK_ARGUMENTS_H_

#include <napi.h>
#include <stdio.h>

constexpr std::uint32_t kIntMax = 0x7fffffff;
constexpr std::uint32_t kU32Max = 0xffffffff;

inline void ThrowInvalidType(Napi::Env env, const char* name, const char* expected) {
  char message[96];
  snprintf(message, sizeof message, "%s: expected %s", name, expected);
  napi_throw_type_error(env, "ERR_INVALID_ARG_TYPE", message);
}

inline void ThrowOutOfRange(Napi::Env env, const char* name, const char* expected) {
  char message[96];
  snprintf(message, sizeof message, "%s: expected %s", name, expected);
  napi_throw_range_error(env, "ERR_OUT_OF_RANGE", message);
}

/// `value` as a whole number from `min` to `max`; otherwise an exception is pending, false returned.
inline bool ReadInteger(Napi::Value value, const char* name, std::uint32_t max,
                        std::uint32_t* result, std::uint32_t min = 0) {
  if (!value.IsNumber()) {
    ThrowInvalidType(value.Env(), name, "a number");
    return false;
  }
  const double number = value.As<Napi::Number>().DoubleValue();
  // NaN fails both comparisons, a fraction does not survive the cast.
  if (!(number >= min && number <= max) || static_cast<std::uint32_t>(number) != number) {
    char expected[48];
    snprintf(expected, sizeof expected, "an integer from %u to %u", min, max);
    ThrowOutOfRange(value.Env(), name, expected);
    return false;
  }
  *result = static_cast<std::uint32_t>(number);
  return true;
}

/// Throws Error { errno, syscall }, errno negative as Node has it. `error` may have either sign.
inline void ThrowErrno(Napi::Env env, const char* syscall, int error) {
  if (error > 0) error = -error;
  char text[64];
  snprintf(text, sizeof text, "%s failed: errno %d", syscall, -error);
  napi_value message, exception;
  if (napi_create_string_utf8(env, text, NAPI_AUTO_LENGTH, &message) != napi_ok) return;
  if (napi_create_error(env, nullptr, message, &exception) != napi_ok) return;
  Napi::Object object(env, exception);
  object.Set("errno", error);
  object.Set("syscall", syscall);
  napi_throw(env, exception);
}

#endif  // NETLINK_ARGUMENTS_H_
