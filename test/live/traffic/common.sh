# Sourced by the scripts beside it: runs a command whatever becomes of it, and says which ones the kernel refused.
# In: a command. Out: on standard output, one line for each that failed. Never stops a script.

export PATH="$PATH:/usr/sbin:/sbin"

try() {
  local said
  if ! said=$(timeout 10 "$@" 2>&1 </dev/null); then
    said=${said//$'\n'/ }
    echo "refused: $*: ${said:0:100}"
  fi
}

# The same, with a text for its standard input.
feed() {
  local text=$1 said
  shift
  if ! said=$(timeout 10 "$@" 2>&1 <<<"$text"); then
    said=${said//$'\n'/ }
    echo "refused: $*: ${said:0:100}"
  fi
}
