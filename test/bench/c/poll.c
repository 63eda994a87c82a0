// The least that Node.js needs to hear of an event: a uv_poll handle, one recv, and one call of JavaScript.
// start(NAME, CALL): calls CALL with the number of each event of that link. All is read in C, nothing is checked,
// nothing is kept, and it cannot be stopped: a bound for what is built on Node.js, and no way to build it.

#include <net/if.h>
#include <node_api.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <uv.h>

#include "event.h"

static int fd;
static int ifindex;
static uv_poll_t handle;
static napi_env env;
static napi_ref call;
static uint8_t bytes[65536];

static void on_readable(uv_poll_t *poll, int status, int events) {
  ssize_t length = recv(fd, bytes, sizeof bytes, MSG_DONTWAIT);
  if (length < 0) return;
  napi_handle_scope scope;
  napi_value function, global, number;
  napi_open_handle_scope(env, &scope);
  napi_get_reference_value(env, call, &function);
  napi_get_global(env, &global);
  napi_create_uint32(env, event_of(bytes, length, ifindex), &number);
  napi_make_callback(env, NULL, global, function, 1, &number, NULL);
  napi_close_handle_scope(env, scope);
}

static napi_value start(napi_env caller, napi_callback_info info) {
  napi_value arguments[2];
  size_t count = 2;
  char name[IF_NAMESIZE];
  uv_loop_t *loop;
  env = caller;
  napi_get_cb_info(env, info, &count, arguments, NULL, NULL);
  napi_get_value_string_utf8(env, arguments[0], name, sizeof name, NULL);
  napi_create_reference(env, arguments[1], 1, &call);
  ifindex = if_nametoindex(name);
  fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
  struct sockaddr_nl address = {.nl_family = AF_NETLINK, .nl_groups = RTMGRP_LINK};
  if (fd < 0 || bind(fd, (struct sockaddr *)&address, sizeof address) < 0) abort();
  napi_get_uv_event_loop(env, &loop);
  uv_poll_init(loop, &handle, fd);
  uv_poll_start(&handle, UV_READABLE, on_readable);
  return NULL;
}

NAPI_MODULE_INIT() {
  napi_value function;
  napi_create_function(env, "start", NAPI_AUTO_LENGTH, start, NULL, &function);
  napi_set_named_property(env, exports, "start", function);
  return exports;
}
