// One wake-up of a socket. In: a readable fd and a window. Out: framed datagrams.
// Never waits, never reads a datagram's contents, never calls JavaScript.

#ifndef NETLINK_DRAIN_H_
#define NETLINK_DRAIN_H_

#include <cstddef>
#include <cstdint>

/// The size of the header before each datagram (FRAME_HEADER_BYTES of the contract), and the alignment
/// of a frame in the window (FRAME_ALIGN).
constexpr std::size_t kFrameHeaderBytes = 16;
constexpr std::size_t kFrameAlign = 16;

/// The smallest window: a header and one byte, so that every recvmsg has somewhere to write.
constexpr std::size_t kWindowMinBytes = kFrameHeaderBytes + 1;

struct Drained {
  /// The end of the last frame, rounded up to kFrameAlign, but not beyond the window; 0 if there is no frame.
  std::size_t used;
  /// recvmsg returned ENOBUFS: the queue overran. That does not end the drain.
  bool overran;
  /// The errno that ended the drain, negative, or 0.
  int error;
  /// The queue was empty at the end: whatever arrives later was sent later.
  bool empty;
};

/// Moves datagrams from the queue of `fd` into `window`, which has at least kWindowMinBytes.
Drained Drain(int fd, std::uint8_t* window, std::size_t windowBytes);

#endif  // NETLINK_DRAIN_H_
