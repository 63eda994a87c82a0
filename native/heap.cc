// What the compiler would call in libstdc++: operator new and delete over the host's malloc and free.
// Without it, one binary could not serve glibc and musl. Never throws; out of memory aborts.

#include <cstddef>
#include <cstdlib>

void* operator new(std::size_t size) {
  void* memory = std::malloc(size);
  if (memory == nullptr) std::abort();
  return memory;
}

void* operator new[](std::size_t size) { return operator new(size); }

void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete[](void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }
void operator delete[](void* memory, std::size_t) noexcept { std::free(memory); }

/// What stands in the table of an abstract class, and is never called.
extern "C" void __cxa_pure_virtual() { std::abort(); }
