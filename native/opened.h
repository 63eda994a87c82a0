// The sockets that an environment has opened and recv has not taken yet. They are closed with the environment, as a
// worker may be terminated between socket and recv. So an fd cannot be passed to another thread to be received from.

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
