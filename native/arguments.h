// The edge to JavaScript. In: arguments and errnos. Out: checked values and pending exceptions.
// Never calls the kernel, and never words an errno: TypeScript does that.
//
// worker.terminate() stops an environment while native code runs in it. From then on Node-API refuses every call
// that could run JavaScript, even throwing, and node-addon-api's helpers end the process when a call is refused. So
// they only register the module. Node-API is called directly, its status is checked, and a function whose call was
// refused returns. No JavaScript will see what it returns.

#ifndef NETLINK_ARGUMENTS_H_
#define NETLINK_ARGUMENTS_H_

#include <node_api.h>
#include <stdio.h>

#include <cstddef>
#include <cstdint>

constexpr std::uint32_t kIntMax = 0x7fffffff;
constexpr std::uint32_t kU32Max = 0xffffffff;

/// The first N arguments of a call. Missing ones are undefined.
template <std::size_t N>
bool ReadArguments(napi_env env, napi_callback_info info, napi_value (&arguments)[N]) {
  std::size_t count = N;
  return napi_get_cb_info(env, info, &count, arguments, nullptr, nullptr) == napi_ok;
}

inline bool IsOfType(napi_env env, napi_value value, napi_valuetype type) {
  napi_valuetype found;
  return napi_typeof(env, value, &found) == napi_ok && found == type;
}

inline void ThrowInvalidType(napi_env env, const char* name, const char* expected) {
  char message[96];
  snprintf(message, sizeof message, "%s: expected %s", name, expected);
  napi_throw_type_error(env, "ERR_INVALID_ARG_TYPE", message);
}

inline void ThrowOutOfRange(napi_env env, const char* name, const char* expected) {
  char message[96];
  snprintf(message, sizeof message, "%s: expected %s", name, expected);
  napi_throw_range_error(env, "ERR_OUT_OF_RANGE", message);
}

/// Reads `value` as an integer from `min` to `max`. Returns false if an exception is pending.
inline bool ReadInteger(napi_env env, napi_value value, const char* name, std::uint32_t max,
                        std::uint32_t* result, std::uint32_t min = 0) {
  double number;
  if (napi_get_value_double(env, value, &number) != napi_ok) {
    ThrowInvalidType(env, name, "a number");
    return false;
  }
  // NaN fails both comparisons, and a fraction is lost in the cast.
  if (!(number >= min && number <= max) || static_cast<std::uint32_t>(number) != number) {
    char expected[48];
    snprintf(expected, sizeof expected, "an integer from %u to %u", min, max);
    ThrowOutOfRange(env, name, expected);
    return false;
  }
  *result = static_cast<std::uint32_t>(number);
  return true;
}

/// Throws Error { errno, syscall }, with a negative errno, as in Node. `error` may have either sign.
inline void ThrowErrno(napi_env env, const char* syscall, int error) {
  if (error > 0) error = -error;
  char text[64];
  snprintf(text, sizeof text, "%s failed: errno %d", syscall, -error);
  napi_value message, number, name, exception;
  if (napi_create_string_utf8(env, text, NAPI_AUTO_LENGTH, &message) == napi_ok &&
      napi_create_int32(env, error, &number) == napi_ok &&
      napi_create_string_utf8(env, syscall, NAPI_AUTO_LENGTH, &name) == napi_ok &&
      napi_create_error(env, nullptr, message, &exception) == napi_ok &&
      napi_set_named_property(env, exception, "errno", number) == napi_ok &&
      napi_set_named_property(env, exception, "syscall", name) == napi_ok) {
    napi_throw(env, exception);
  }
}

/// Adds a function to `object` as a property with its name.
inline bool SetFunction(napi_env env, napi_value object, const char* name, napi_callback call,
                        void* data = nullptr) {
  napi_value function;
  return napi_create_function(env, name, NAPI_AUTO_LENGTH, call, data, &function) == napi_ok &&
         napi_set_named_property(env, object, name, function) == napi_ok;
}

#endif  // NETLINK_ARGUMENTS_H_
