// The module: socket(protocol, options?) → fd, bind(fd, portId, groups) → port id, and recv
// (receiver.cc). In come numbers, out go numbers or an Error with errno and syscall.
// Never parses, never retries, never chooses for the caller. Sending is fs.write on the fd.

#include <errno.h>
#include <linux/netlink.h>
#include <napi.h>
#include <sys/socket.h>
#include <unistd.h>

#include "arguments.h"
#include "receiver.h"

namespace {

/// SO_RCVBUFFORCE passes net.core.rmem_max and needs CAP_NET_ADMIN; SO_RCVBUF is capped by it.
/// The kernel doubles the value either way, for its own bookkeeping: socket(7).
int SetReceiveBuffer(int fd, int bytes) {
  if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &bytes, sizeof bytes) == 0) return 0;
  return setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof bytes);
}

/// Closes the fd on every way out but the one that releases it.
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

/// socket(protocol, options?) → fd
/// options.receiveBufferBytes is wanted, options.grantedReceiveBufferBytes is what came of it.
Napi::Value Socket(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  std::uint32_t protocol;
  if (!ReadInteger(info[0], "protocol", kIntMax, &protocol)) return {};

  const bool hasOptions = !info[1].IsUndefined();
  std::uint32_t receiveBufferBytes = 0;
  if (hasOptions) {
    if (!info[1].IsObject()) {
      ThrowInvalidType(env, "options", "an object");
      return {};
    }
    Napi::Value wanted = info[1].As<Napi::Object>().Get("receiveBufferBytes");
    if (env.IsExceptionPending()) return {};
    if (!wanted.IsUndefined() &&
        !ReadInteger(wanted, "options.receiveBufferBytes", kIntMax, &receiveBufferBytes)) {
      return {};
    }
  }

  OwnedFd fd(socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK,
                    static_cast<int>(protocol)));
  if (fd.get() < 0) {
    ThrowErrno(env, "socket", errno);
    return {};
  }
  // Lets recvmsg tell the multicast group of each datagram: netlink(7).
  const int on = 1;
  if (setsockopt(fd.get(), SOL_NETLINK, NETLINK_PKTINFO, &on, sizeof on) != 0 ||
      (receiveBufferBytes != 0 &&
       SetReceiveBuffer(fd.get(), static_cast<int>(receiveBufferBytes)) != 0)) {
    ThrowErrno(env, "setsockopt", errno);
    return {};
  }
  if (hasOptions) {
    int granted = 0;
    socklen_t length = sizeof granted;
    if (getsockopt(fd.get(), SOL_SOCKET, SO_RCVBUF, &granted, &length) != 0) {
      ThrowErrno(env, "getsockopt", errno);
      return {};
    }
    info[1].As<Napi::Object>().Set("grantedReceiveBufferBytes", granted);
    if (env.IsExceptionPending()) return {};
  }
  return Napi::Number::New(env, fd.release());
}

/// Calls `use` with every element of an array of group numbers, until it returns false or one is
/// none, or cannot be read; then an exception is pending, and false returned.
template <typename Use>
bool EachGroup(Napi::Value value, Use use) {
  Napi::Array groups = value.As<Napi::Array>();
  for (std::uint32_t at = 0; at < groups.Length(); at++) {
    Napi::HandleScope scope(value.Env());
    char name[24];
    snprintf(name, sizeof name, "groups[%u]", at);
    Napi::Value element = groups.Get(at);
    std::uint32_t group;
    if (value.Env().IsExceptionPending() || !ReadInteger(element, name, kIntMax, &group, 1) ||
        !use(group)) {
      return false;
    }
  }
  return true;
}

/// bind(fd, portId, groups) → the port id assigned; 0 asks the kernel to choose.
/// `groups` is the bit mask of nl_groups: bit n - 1 joins multicast group n. Or it is an array of
/// group numbers, which may be above 32: each is joined by itself once the socket is bound.
Napi::Value Bind(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  const bool isList = info[2].IsArray();
  std::uint32_t fd, portId, groups = 0;
  if (!ReadInteger(info[0], "fd", kIntMax, &fd) ||
      !ReadInteger(info[1], "portId", kU32Max, &portId) ||
      !(isList ? EachGroup(info[2], [](std::uint32_t) { return true; })
               : ReadInteger(info[2], "groups", kU32Max, &groups))) {
    return {};
  }

  sockaddr_nl address = {};
  address.nl_family = AF_NETLINK;
  address.nl_pid = portId;
  address.nl_groups = groups;
  socklen_t length = sizeof address;
  if (bind(static_cast<int>(fd), reinterpret_cast<sockaddr*>(&address), length) != 0) {
    ThrowErrno(env, "bind", errno);
    return {};
  }
  if (getsockname(static_cast<int>(fd), reinterpret_cast<sockaddr*>(&address), &length) != 0) {
    ThrowErrno(env, "getsockname", errno);
    return {};
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
  if (isList && !EachGroup(info[2], join)) return {};
  return Napi::Number::New(env, address.nl_pid);
}

Napi::Object Init(Napi::Env env, Napi::Object exports) {
  env.SetInstanceData(new Addon(env));
  exports.Set("socket", Napi::Function::New<Socket>(env, "socket"));
  exports.Set("bind", Napi::Function::New<Bind>(env, "bind"));
  exports.Set("recv", Napi::Function::New<Recv>(env, "recv"));
  return exports;
}

}  // namespace

NODE_API_MODULE(netlink, Init)
