// Replaces libstdc++'s operator new and delete by the host's malloc and free, so that one binary works with glibc and
// musl. Never throws: if there is no memory, it aborts.

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

/// The entry for pure virtual functions in the table of an abstract class. It is never called.
extern "C" void __cxa_pure_virtual() { std::abort(); }
