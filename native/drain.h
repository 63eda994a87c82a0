// One wake-up of a socket: in comes a readable fd and a window, out go framed datagrams.
// Never waits, never looks into a datagram, never touches JavaScript.

#ifndef NETLINK_DRAIN_H_
#define NETLINK_DRAIN_H_

#include <cstddef>
#include <cstdint>

/// What stands in front of every datagram (FRAME_HEADER_BYTES of the contract), and the alignment
/// of a frame within the window (FRAME_ALIGN).
constexpr std::size_t kFrameHeaderBytes = 16;
constexpr std::size_t kFrameAlign = 16;

/// The smallest window: a header and one byte, so that every recvmsg has somewhere to write.
constexpr std::size_t kWindowMinBytes = kFrameHeaderBytes + 1;

struct Drained {
  /// Where the last frame ends, rounded up to kFrameAlign but not past the window; 0 if none came.
  std::size_t used;
  /// ENOBUFS was met: the queue overran. It does not end the drain.
  bool overran;
  /// The errno that ended the drain, negative, or 0.
  int error;
  /// The queue was empty at the end: what comes later was sent later.
  bool empty;
};

/// Moves datagrams from the queue of `fd` into `window`, which holds at least kWindowMinBytes.
Drained Drain(int fd, std::uint8_t* window, std::size_t windowBytes);

#endif  // NETLINK_DRAIN_H_
