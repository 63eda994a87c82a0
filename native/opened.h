// The sockets of an environment that recv has not taken yet: a worker that is terminated between socket and recv
// would leave them open. In come fds, out goes nothing: what is left is closed at the end.

#ifndef NETLINK_OPENED_H_
#define NETLINK_OPENED_H_

#include <cstdint>

class OpenedSockets {
 public:
  OpenedSockets() = default;
  OpenedSockets(const OpenedSockets&) = delete;
  OpenedSockets& operator=(const OpenedSockets&) = delete;
  ~OpenedSockets();

  void Add(int fd);
  /// recv owns the fd from now on.
  void Remove(int fd);

 private:
  struct Entry {
    Entry* next;
    int fd;
    std::uint64_t cookie;
  };
  Entry* first_ = nullptr;
};

#endif  // NETLINK_OPENED_H_
