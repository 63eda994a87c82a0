# One binary for glibc and musl: nothing is linked against a libc, so the file has no DT_NEEDED and
# no versioned symbol; libc, libuv and Node-API all resolve to what the host process has loaded.
{
  'targets': [
    {
      'target_name': 'netlink',
      'sources': [
        'shim.cc',
        'receiver.cc',
        'loop-watch.cc',
        'thread-watch.cc',
        'drain.cc',
        'opened.cc',
        'heap.cc',
      ],
      'include_dirs': ['<!(node -p "process.env.NODE_ADDON_API")'],
      'defines': ['NAPI_VERSION=8', 'NODE_ADDON_API_DISABLE_CPP_EXCEPTIONS'],
      'cflags!': ['-O3', '-fno-omit-frame-pointer'],
      'cflags': [
        '-Os',
        '-Wall',
        '-Wextra',
        '-Werror',
        '-fPIC',
        '-fvisibility=hidden',
        '-ffunction-sections',
        '-fdata-sections',
        # Each of these would leave a symbol of libgcc, libstdc++ or one particular libc behind.
        '-fno-unwind-tables',
        '-fno-asynchronous-unwind-tables',
        '-fno-stack-protector',
        '-fno-plt',
        '-fno-ident',
        '-U_FORTIFY_SOURCE',
      ],
      # C++17 would call std::string's out-of-line members in libstdc++; C++20's are constexpr, inline.
      'cflags_cc!': ['-std=gnu++17', '-std=gnu++20'],
      'cflags_cc': ['-std=c++20', '-fno-exceptions', '-fno-rtti', '-fno-threadsafe-statics'],
      'ldflags!': ['-rdynamic'],
      'ldflags': [
        '-nostdlib',
        '-Wl,--gc-sections,--build-id=none,-s',
        '-Wl,-z,noseparate-code,-z,norelro',
        '-Wl,--hash-style=gnu',
        '-Wl,--version-script=<(module_root_dir)/exports.map',
      ],
    },
  ],
}
