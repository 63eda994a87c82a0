#!/bin/sh
# Sets up a checkout: Debian packages, npm packages, the build. With --tests also everything that the tests need.
# Root on Debian gets the missing packages installed. Anyone else is told which command installs them, and what does
# not work without them.
set -eu
cd "$(dirname "$0")"

case "${1-}" in
  '') tests= ;;
  --tests) tests=yes ;;
  *) echo 'usage: ./setup.sh [--tests]' >&2; exit 2 ;;
esac

# A program or a file, the Debian package that has it, and what does not work without it.
programs='
g++                       build-essential           the build
make                      build-essential           the build
python3                   python3                   the build
'
if [ "$tests" ]; then
  programs="$programs
ip                        iproute2                  the live tests
unshare                   util-linux                the live tests
/etc/protocols            netbase                   names of protocols in the live tests
tshark                    tshark                    the comparison of captures with tshark
strace                    strace                    the recordings of what other programs ask the kernel
nft                       nftables                  the comparison of rule sets with nft
conntrack                 conntrack                 the recordings of conntrack
ipset                     ipset                     the recordings of ipset
ethtool                   ethtool                   the recordings of ethtool
chromium                  chromium                  the tests of the viewer
aarch64-linux-gnu-g++     g++-aarch64-linux-gnu     the shims of other architectures
arm-linux-gnueabihf-g++   g++-arm-linux-gnueabihf   the shims of other architectures
riscv64-linux-gnu-g++     g++-riscv64-linux-gnu     the shims of other architectures
"
fi

# Debian keeps administrators' programs where only root looks.
has() { [ -e "$1" ] || PATH="$PATH:/usr/sbin:/sbin" command -v "$1" >/dev/null; }

# Prints the rows of the table whose program or file is not there.
missing() {
  echo "$programs" | while read -r program package purpose; do
    [ -z "$program" ] || has "$program" || echo "$program $package $purpose"
  done
}

rows=$(missing)
if [ "$rows" ]; then
  packages=$(echo "$rows" | cut -d ' ' -f 2 | sort -u | paste -s -d ' ' -)
  if [ "$(id -u)" = 0 ] && has apt-get; then
    export DEBIAN_FRONTEND=noninteractive
    apt-get update
    # shellcheck disable=SC2086 # one argument a package
    apt-get install -y --no-install-recommends $packages
  else
    echo 'Some programs or files are missing. On Debian, root installs them by:'
    echo "    apt-get install --no-install-recommends $packages"
    echo "$rows" | while read -r program package purpose; do
      echo "Skipped without $program: $purpose."
    done
  fi
fi

if [ "$tests" ]; then
  # Bundlers, checkers and five more Node.js, for the tests of bundles: downloaded during the build.
  npm ci --prefix test/bundle --ignore-scripts &
  bundlers=$!
fi
npm ci
if [ "$tests" ]; then
  case "$(missing)" in
    *-linux-gnu*) ;;
    *) npm run build:prebuilds ;;
  esac
  wait "$bundlers"
fi
