// See opened.h. JavaScript may close an fd itself, and its number may then be that of another file. So the socket's
// cookie is kept, which is unique in the kernel: SO_COOKIE in socket(7).

#include "opened.h"

#include <sys/socket.h>
#include <unistd.h>

namespace {

/// 0 if the fd is no socket, or if the kernel is older than Linux 4.12. Such a socket is not kept.
std::uint64_t CookieOf(int fd) {
  std::uint64_t cookie = 0;
  socklen_t length = sizeof cookie;
  getsockopt(fd, SOL_SOCKET, SO_COOKIE, &cookie, &length);
  return cookie;
}

}  // namespace

void OpenedSockets::Add(int fd) {
  // If the number is already in the list, JavaScript has closed that socket.
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
