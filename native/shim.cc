// The module: socket(protocol, options?) → fd, bind(fd, portId, groups) → port id, and recv
// (receiver.cc). In: numbers. Out: numbers, or an Error with errno and syscall.
// Never parses, never retries, never chooses for the caller. To send, use fs.write on the fd.

#include <errno.h>
#include <linux/netlink.h>
#include <napi.h>
#include <sys/socket.h>
#include <unistd.h>

#include "arguments.h"
#include "receiver.h"

namespace {

/// SO_RCVBUFFORCE may exceed net.core.rmem_max, and needs CAP_NET_ADMIN; SO_RCVBUF is limited to it.
/// In both cases the kernel doubles the value, for its own bookkeeping: socket(7).
int SetReceiveBuffer(int fd, int bytes) {
  if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &bytes, sizeof bytes) == 0) return 0;
  return setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof bytes);
}

/// Closes the fd when it goes out of scope, unless it was released.
class OwnedFd {
 public:
  explicit OwnedFd(int fd) : fd_(fd) {}
  OwnedFd(const OwnedFd&) = delete;
  OwnedFd& operator=(const OwnedFd&) = delete;
  ~OwnedFd() {
    if (fd_ >= 0) close(fd_);
  }
  int get() const { return fd_; }
  int release() {
    const int fd = fd_;
    fd_ = -1;
    return fd;
  }

 private:
  int fd_;
};

/// The boolean options of netlink(7). NETLINK_PKTINFO is always on: with it, recvmsg reports the multicast group.
constexpr struct {
  const char* name;
  int option;
} kSwitches[] = {
    {"extAck", NETLINK_EXT_ACK},
    {"capAck", NETLINK_CAP_ACK},
    {"getStrictChk", NETLINK_GET_STRICT_CHK},
    {"listenAllNsid", NETLINK_LISTEN_ALL_NSID},
};
constexpr int kSwitchCount = sizeof kSwitches / sizeof *kSwitches;

struct Options {
  /// 0 if none is requested.
  std::uint32_t receiveBufferBytes;
  bool isOn[kSwitchCount];
};

/// Reads the options of socket(). Returns false if an exception is pending.
bool ReadOptions(napi_env env, napi_value options, Options* read) {
  if (!IsOfType(env, options, napi_object)) {
    ThrowInvalidType(env, "options", "an object");
    return false;
  }
  napi_value wanted;
  if (napi_get_named_property(env, options, "receiveBufferBytes", &wanted) != napi_ok ||
      !(IsOfType(env, wanted, napi_undefined) ||
        ReadInteger(env, wanted, "options.receiveBufferBytes", kIntMax,
                    &read->receiveBufferBytes))) {
    return false;
  }
  for (int at = 0; at < kSwitchCount; at++) {
    if (napi_get_named_property(env, options, kSwitches[at].name, &wanted) != napi_ok) return false;
    if (IsOfType(env, wanted, napi_undefined)) continue;
    if (napi_get_value_bool(env, wanted, &read->isOn[at]) == napi_ok) continue;
    char name[32];
    snprintf(name, sizeof name, "options.%s", kSwitches[at].name);
    ThrowInvalidType(env, name, "a boolean");
    return false;
  }
  return true;
}

/// Sets the options. Returns false if the kernel refuses one; errno then says why.
bool SetOptions(int fd, const Options& options) {
  const int on = 1;
  if (setsockopt(fd, SOL_NETLINK, NETLINK_PKTINFO, &on, sizeof on) != 0) return false;
  for (int at = 0; at < kSwitchCount; at++) {
    if (options.isOn[at] &&
        setsockopt(fd, SOL_NETLINK, kSwitches[at].option, &on, sizeof on) != 0) {
      return false;
    }
  }
  return options.receiveBufferBytes == 0 ||
         SetReceiveBuffer(fd, static_cast<int>(options.receiveBufferBytes)) == 0;
}

/// socket(protocol, options?) → fd
/// options.receiveBufferBytes is the size to request; options.grantedReceiveBufferBytes is set to the granted size. The
/// others are booleans, named after socket options of netlink(7): see kSwitches.
napi_value Socket(napi_env env, napi_callback_info info) {
  napi_value arguments[2], result;
  std::uint32_t protocol;
  if (!ReadArguments(env, info, arguments) ||
      !ReadInteger(env, arguments[0], "protocol", kIntMax, &protocol)) {
    return nullptr;
  }
  const napi_value options = arguments[1];
  const bool hasOptions = !IsOfType(env, options, napi_undefined);
  Options wanted = {};
  if (hasOptions && !ReadOptions(env, options, &wanted)) return nullptr;

  OwnedFd fd(socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK,
                    static_cast<int>(protocol)));
  if (fd.get() < 0) {
    ThrowErrno(env, "socket", errno);
    return nullptr;
  }
  if (!SetOptions(fd.get(), wanted)) {
    ThrowErrno(env, "setsockopt", errno);
    return nullptr;
  }
  if (hasOptions) {
    int bytes = 0;
    socklen_t length = sizeof bytes;
    if (getsockopt(fd.get(), SOL_SOCKET, SO_RCVBUF, &bytes, &length) != 0) {
      ThrowErrno(env, "getsockopt", errno);
      return nullptr;
    }
    napi_value granted;
    if (napi_create_int32(env, bytes, &granted) != napi_ok ||
        napi_set_named_property(env, options, "grantedReceiveBufferBytes", granted) != napi_ok) {
      return nullptr;
    }
  }
  if (napi_create_int32(env, fd.get(), &result) != napi_ok) return nullptr;
  AddonOf(env)->opened.Add(fd.release());
  return result;
}

/// Calls `use` with each element of an array of group numbers. Stops and returns false if `use` does, or, with an
/// exception pending, if an element is no group number or cannot be read.
template <typename Use>
bool EachGroup(napi_env env, napi_value groups, Use use) {
  std::uint32_t length;
  if (napi_get_array_length(env, groups, &length) != napi_ok) return false;
  for (std::uint32_t at = 0; at < length; at++) {
    napi_handle_scope scope;
    if (napi_open_handle_scope(env, &scope) != napi_ok) return false;
    char name[24];
    snprintf(name, sizeof name, "groups[%u]", at);
    napi_value element;
    std::uint32_t group;
    const bool isUsed = napi_get_element(env, groups, at, &element) == napi_ok &&
                        ReadInteger(env, element, name, kIntMax, &group, 1) && use(group);
    napi_close_handle_scope(env, scope);
    if (!isUsed) return false;
  }
  return true;
}

/// bind(fd, portId, groups) → the assigned port id. With portId 0 the kernel chooses it.
/// `groups` is the bit mask nl_groups, where bit n - 1 joins multicast group n; or an array of group numbers, which
/// may be above 32. These are joined one by one after the socket is bound.
napi_value Bind(napi_env env, napi_callback_info info) {
  napi_value arguments[3], result;
  bool isList;
  std::uint32_t fd, portId, groups = 0;
  if (!ReadArguments(env, info, arguments) ||
      !ReadInteger(env, arguments[0], "fd", kIntMax, &fd) ||
      !ReadInteger(env, arguments[1], "portId", kU32Max, &portId) ||
      napi_is_array(env, arguments[2], &isList) != napi_ok ||
      !(isList ? EachGroup(env, arguments[2], [](std::uint32_t) { return true; })
               : ReadInteger(env, arguments[2], "groups", kU32Max, &groups))) {
    return nullptr;
  }

  sockaddr_nl address = {};
  address.nl_family = AF_NETLINK;
  address.nl_pid = portId;
  address.nl_groups = groups;
  socklen_t length = sizeof address;
  if (bind(static_cast<int>(fd), reinterpret_cast<sockaddr*>(&address), length) != 0) {
    ThrowErrno(env, "bind", errno);
    return nullptr;
  }
  if (getsockname(static_cast<int>(fd), reinterpret_cast<sockaddr*>(&address), &length) != 0) {
    ThrowErrno(env, "getsockname", errno);
    return nullptr;
  }
  const auto join = [&](std::uint32_t group) {
    const int number = static_cast<int>(group);
    if (setsockopt(static_cast<int>(fd), SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, &number,
                   sizeof number) == 0) {
      return true;
    }
    ThrowErrno(env, "setsockopt", errno);
    return false;
  };
  if (isList && !EachGroup(env, arguments[2], join)) return nullptr;
  return napi_create_uint32(env, address.nl_pid, &result) == napi_ok ? result : nullptr;
}

/// An environment that is stopping gets no functions, as no JavaScript would call them.
Napi::Object Init(Napi::Env env, Napi::Object exports) {
  auto* addon = new Addon(env);
  const auto remove = [](napi_env, void* data, void*) { delete static_cast<Addon*>(data); };
  if (napi_set_instance_data(env, addon, remove, nullptr) != napi_ok) {
    delete addon;
  } else if (SetFunction(env, exports, "socket", Socket) &&
             SetFunction(env, exports, "bind", Bind)) {
    SetFunction(env, exports, "recv", Recv);
  }
  return exports;
}

}  // namespace

NODE_API_MODULE(netlink, Init)
