// The drain: recvmsg in a loop, each datagram packed behind the one before it.
// See recvmsg(2), netlink(7) and include/uapi/linux/netlink.h.

#include "drain.h"

#include <errno.h>
#include <linux/netlink.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>

namespace {

/// A further datagram is only fetched while one of this size would fit: the kernel makes none
/// larger (a dump's skb holds 32 KiB at most), so truncation needs a smaller window to begin with.
constexpr std::size_t kDatagramRoom = 65536;

/// The loop has other work too; what is left makes the fd readable again at once.
constexpr int kDatagramsPerWakeup = 1024;

//    0        4        8        12       16
//   +--------+--------+--------+--------+---------------------+
//   | length | portid | group  | flags  | datagram ...        | pad to kFrameAlign
//   +--------+--------+--------+--------+---------------------+
struct FrameHeader {
  std::uint32_t length;  // the true one (MSG_TRUNC), even where less was stored
  std::uint32_t portid;  // nl_pid of the sender; 0 is the kernel
  std::uint32_t group;   // multicast group number, 0 for unicast
  std::uint32_t flags;
};
static_assert(sizeof(FrameHeader) == kFrameHeaderBytes);

/// FRAME_TRUNCATED of the contract.
constexpr std::uint32_t kFrameTruncated = 1;

/// struct nl_pktinfo { __u32 group; }, the only control message asked for (NETLINK_PKTINFO).
/// CMSG_NXTHDR is avoided on purpose: glibc may call a function for it that musl does not have.
std::uint32_t MulticastGroup(const msghdr* message) {
  const cmsghdr* control = CMSG_FIRSTHDR(message);
  if (control == nullptr || control->cmsg_level != SOL_NETLINK ||
      control->cmsg_type != NETLINK_PKTINFO || control->cmsg_len < CMSG_LEN(sizeof(nl_pktinfo))) {
    return 0;
  }
  nl_pktinfo info;
  memcpy(&info, CMSG_DATA(control), sizeof info);
  return info.group;
}

}  // namespace

Drained Drain(int fd, std::uint8_t* window, std::size_t windowBytes) {
  std::size_t used = 0;
  bool overran = false;

  for (int datagrams = 0; datagrams < kDatagramsPerWakeup; datagrams++) {
    std::uint8_t* frame = window + used;
    const std::size_t room = windowBytes - used - kFrameHeaderBytes;

    sockaddr_nl sender = {};
    alignas(cmsghdr) char control[CMSG_SPACE(sizeof(nl_pktinfo))];
    iovec datagram = {frame + kFrameHeaderBytes, room};
    msghdr message = {};
    message.msg_name = &sender;
    message.msg_namelen = sizeof sender;
    message.msg_iov = &datagram;
    message.msg_iovlen = 1;
    message.msg_control = control;
    message.msg_controllen = sizeof control;

    ssize_t length;
    do {
      length = recvmsg(fd, &message, MSG_TRUNC | MSG_DONTWAIT);
    } while (length < 0 && errno == EINTR);
    // Told once, before the datagrams that were still queued.
    if (length < 0 && errno == ENOBUFS) {
      overran = true;
      continue;
    }
    if (length < 0) return {used, overran, errno == EAGAIN ? 0 : -errno, errno == EAGAIN};

    const FrameHeader header = {
        static_cast<std::uint32_t>(length),
        sender.nl_pid,
        MulticastGroup(&message),
        (message.msg_flags & MSG_TRUNC) != 0 ? kFrameTruncated : 0,
    };
    memcpy(frame, &header, sizeof header);

    const std::size_t stored = static_cast<std::size_t>(length) < room ? length : room;
    used = (used + kFrameHeaderBytes + stored + kFrameAlign - 1) & ~(kFrameAlign - 1);
    if (used + kFrameHeaderBytes + kDatagramRoom > windowBytes) break;
  }
  return {used < windowBytes ? used : windowBytes, overran, 0, false};
}
