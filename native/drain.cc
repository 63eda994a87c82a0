// The drain: recvmsg in a loop, each datagram packed after the previous one.
// See recvmsg(2), netlink(7) and include/uapi/linux/netlink.h.

#include "drain.h"

#include <errno.h>
#include <linux/netlink.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>

namespace {

/// Another datagram is fetched only while one of this size would fit. The kernel makes no larger ones (a dump's skb has
/// 32 KiB at most), so only a window that is smaller from the start can truncate.
constexpr std::size_t kDatagramRoom = 65536;

/// The loop has other work, too. If datagrams are left, the fd is readable again at once.
constexpr int kDatagramsPerWakeup = 1024;

//    0        4        8       10      12       16
//   +--------+--------+-------+-------+--------+---------------------+
//   | length | portid | group | flags | nsid   | datagram ...        | pad to kFrameAlign
//   +--------+--------+-------+-------+--------+---------------------+
struct FrameHeader {
  std::uint32_t length;  // the true one (MSG_TRUNC), even if less was stored
  std::uint32_t portid;  // nl_pid of the sender; 0 is the kernel
  std::uint16_t group;   // multicast group number, 0 for unicast
  std::uint16_t flags;
  std::int32_t nsid;     // the sender's namespace, with NETLINK_LISTEN_ALL_NSID; else kNoNsid
};
static_assert(sizeof(FrameHeader) == kFrameHeaderBytes);

/// FRAME_TRUNCATED of the contract.
constexpr std::uint16_t kFrameTruncated = 1;
/// NETNSA_NSID_NOT_ASSIGNED of linux/net_namespace.h: the socket's own namespace.
constexpr std::int32_t kNoNsid = -1;

/// The control messages of a datagram: its group (struct nl_pktinfo { __u32 group; }) and its namespace (an int).
constexpr std::size_t kControlBytes = CMSG_SPACE(sizeof(nl_pktinfo)) + CMSG_SPACE(sizeof(std::int32_t));

/// The four bytes in the control message of `type`; `otherwise` if there is none.
/// CMSG_NXTHDR is avoided on purpose: glibc may call a function for it that musl does not have.
std::uint32_t Control(const msghdr& message, int type, std::uint32_t otherwise) {
  const auto* at = static_cast<const char*>(message.msg_control);
  const char* end = at + message.msg_controllen;
  while (static_cast<std::size_t>(end - at) >= CMSG_LEN(sizeof otherwise)) {
    cmsghdr header;
    memcpy(&header, at, sizeof header);
    if (header.cmsg_len < CMSG_LEN(sizeof otherwise)) break;
    if (header.cmsg_level == SOL_NETLINK && header.cmsg_type == type) {
      memcpy(&otherwise, at + CMSG_LEN(0), sizeof otherwise);
      break;
    }
    if (CMSG_ALIGN(header.cmsg_len) > static_cast<std::size_t>(end - at)) break;
    at += CMSG_ALIGN(header.cmsg_len);
  }
  return otherwise;
}

}  // namespace

Drained Drain(int fd, std::uint8_t* window, std::size_t windowBytes) {
  std::size_t used = 0;
  bool overran = false;

  for (int datagrams = 0; datagrams < kDatagramsPerWakeup; datagrams++) {
    std::uint8_t* frame = window + used;
    const std::size_t room = windowBytes - used - kFrameHeaderBytes;

    sockaddr_nl sender = {};
    alignas(cmsghdr) char control[kControlBytes];
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
    // The kernel reports it once, before the datagrams that were still queued.
    if (length < 0 && errno == ENOBUFS) {
      overran = true;
      continue;
    }
    if (length < 0) return {used, overran, errno == EAGAIN ? 0 : -errno, errno == EAGAIN};

    const FrameHeader header = {
        static_cast<std::uint32_t>(length),
        sender.nl_pid,
        static_cast<std::uint16_t>(Control(message, NETLINK_PKTINFO, 0)),
        (message.msg_flags & MSG_TRUNC) != 0 ? kFrameTruncated : std::uint16_t{0},
        static_cast<std::int32_t>(Control(message, NETLINK_LISTEN_ALL_NSID, kNoNsid)),
    };
    memcpy(frame, &header, sizeof header);

    const std::size_t stored = static_cast<std::size_t>(length) < room ? length : room;
    used = (used + kFrameHeaderBytes + stored + kFrameAlign - 1) & ~(kFrameAlign - 1);
    if (used + kFrameHeaderBytes + kDatagramRoom > windowBytes) break;
  }
  return {used < windowBytes ? used : windowBytes, overran, 0, false};
}
