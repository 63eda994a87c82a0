// See opened.h. JavaScript may close such an fd by itself, and the number may then belong to anybody. So each is
// noted with its socket's cookie, which the kernel gives to no other socket: SO_COOKIE, socket(7).

#include "opened.h"

#include <sys/socket.h>
#include <unistd.h>

namespace {

/// 0 where the fd is no socket, or the kernel is older than 4.12: such a socket is not noted.
std::uint64_t CookieOf(int fd) {
  std::uint64_t cookie = 0;
  socklen_t length = sizeof cookie;
  getsockopt(fd, SOL_SOCKET, SO_COOKIE, &cookie, &length);
  return cookie;
}

}  // namespace

void OpenedSockets::Add(int fd) {
  // The number was closed behind our back if it is here already.
  Remove(fd);
  if (const std::uint64_t cookie = CookieOf(fd)) first_ = new Entry{first_, fd, cookie};
}

void OpenedSockets::Remove(int fd) {
  for (Entry** link = &first_; *link != nullptr; link = &(*link)->next) {
    Entry* entry = *link;
    if (entry->fd != fd) continue;
    *link = entry->next;
    delete entry;
    return;
  }
}

OpenedSockets::~OpenedSockets() {
  while (first_ != nullptr) {
    const int fd = first_->fd;
    if (CookieOf(fd) == first_->cookie) close(fd);
    Remove(fd);
  }
}
