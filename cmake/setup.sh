#!/bin/sh
# Installs what scoria needs from the distribution's own packages, and nothing that is already there.
set -eu

usage() {
  cat <<'END'
usage: cmake/setup.sh [--tests] [--newest-drivers] [--browser] [--portability] [--compiler PACKAGE] [--corpus DIR] [--list]

  (nothing)      what the build needs
  --tests        also what the tests need: test library, validation layer, a software Vulkan driver, the shim and the
                 headers that let GPU drivers compile without a GPU, clang for the fuzzing
  --newest-drivers   with --tests: the drivers of backports, also where the release's own would serve
  --browser      also Chromium (113 MB), in which the page of inspect is tested
  --portability  also debootstrap, with which the tests make a root of another Debian release
  --compiler PACKAGE   also this compiler: g++-13, clang-19, ...
  --corpus DIR   also fetch two packaged manuals (Perl, PostgreSQL) and write DIR/manuals.txt, about 8 MB of English
  --list         print the packages and stop

Works as root or through sudo. On a system without apt it prints what to install by hand and goes on.
Example: cmake/setup.sh --tests
END
}

build_packages="g++ cmake ninja-build libvulkan-dev libvulkan-volk-dev libvulkan1 glslang-tools spirv-tools libfmt-dev
nlohmann-json3-dev libcli11-dev libutf8proc-dev libxxhash-dev libzstd-dev libpng-dev"
test_packages="doctest-dev vulkan-validationlayers vulkan-tools python3"
driver_package="mesa-vulkan-drivers"

tests=no newest=no browser=no portability=no compiler= corpus= list=no
while [ $# -gt 0 ]; do
  case $1 in
    --tests) tests=yes ;;
    --newest-drivers) newest=yes ;;
    --browser) browser=yes ;;
    --portability) portability=yes ;;
    --compiler) shift; compiler=${1:?--compiler needs the name of a package} ;;
    --corpus) shift; corpus=${1:?--corpus needs a folder} ;;
    --list) list=yes ;;
    -h | --help) usage; exit 0 ;;
    *) echo "setup.sh: unknown argument $1" >&2; usage >&2; exit 1 ;;
  esac
  shift
done

packages=$build_packages
[ $tests = yes ] && packages="$packages $test_packages"
[ -n "$corpus" ] && packages="$packages perl"
[ -n "$compiler" ] && packages="$packages $compiler"
case $compiler in clang-*) packages="$packages libomp-${compiler#clang-}-dev" ;; esac
if [ $list = yes ]; then
  echo $packages $([ $tests = yes ] && echo $driver_package) $([ $browser = yes ] && echo chromium)
  exit 0
fi

as_root() {
  if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi
}

if ! command -v apt-get >/dev/null || ! command -v dpkg-query >/dev/null; then
  echo "setup: this system has no apt. Please install what these Debian packages hold:" >&2
  echo "  $packages" >&2
  exit 0
fi

updated=no
update_lists() {
  [ $updated = yes ] && return
  echo "setup: refreshing the package lists"
  as_root apt-get update -qq
  updated=yes
}

is_installed() { [ "$(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null)" = installed ]; }

install_missing() {
  missing=
  for package in "$@"; do is_installed "$package" || missing="$missing $package"; done
  [ -z "$missing" ] && return
  echo "setup: installing$missing"
  update_lists
  as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing >/dev/null
}

version_of() { dpkg-query -W -f '${Version}' "$1" 2>/dev/null; }

# Debian 12's own Mesa 22.3 is too old for the tests.
driver_serves() {
  version=$(version_of $driver_package) || return 1
  case $version in *bpo*) return 0 ;; esac
  [ $newest = no ] && [ "${version%%.*}" -ge 24 ]
}

# Debian's backports hold a current Mesa. The mirror is the one this machine already uses.
enable_backports() {
  codename=$(. /etc/os-release && echo "${VERSION_CODENAME:-}")
  apt-cache policy 2>/dev/null | grep -q "n=$codename-backports" && return
  mirror=$(apt-get indextargets --format '$(SITE)' 'Created-By: Packages' "Codename: $codename" 2>/dev/null | head -n 1)
  [ -z "$mirror" ] && return
  echo "setup: adding $codename-backports of this machine's mirror to apt (/etc/apt/sources.list.d/scoria-backports.list)"
  echo "deb $mirror $codename-backports main" | as_root tee /etc/apt/sources.list.d/scoria-backports.list >/dev/null
  updated=no
  update_lists
}

# install_alike PACKAGE OTHER WITHOUT: of OTHER's version, from which it is built; not in every release.
install_alike() {
  version=$(version_of "$2") && [ "$(version_of "$1")" != "$version" ] || return 0
  update_lists
  echo "setup: installing $1"
  as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$1=$version" \
    >/dev/null 2>&1 || echo "setup: no $1 $version here; $3"
}

# The kernel's headers of GPU drivers are in linux-libc-dev from Debian 13 on.
install_gpu_headers() {
  [ -e /usr/include/drm/i915_drm.h ] || install_alike libdrm-dev libdrm2 "Intel's compiler will not be tried"
}

install_driver() {
  driver_serves && return
  update_lists
  . /etc/os-release
  if [ "${ID:-}" = debian ]; then
    enable_backports
    echo "setup: installing $driver_package from $VERSION_CODENAME-backports where it has it"
    as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
      -t "$VERSION_CODENAME-backports" $driver_package >/dev/null && return
  fi
  install_missing $driver_package
}

# The fuzz targets want clang and its libFuzzer, about 50 MB to fetch; any version serves, and without one they are skipped.
install_clang() {
  for compiler in clang++ /usr/bin/clang++-*; do command -v "$compiler" >/dev/null && return; done
  update_lists
  version=$(apt-cache depends clang 2>/dev/null | sed -n 's/.*Depends: clang-\([0-9]*\)$/\1/p' | head -n 1)
  if [ -n "$version" ]; then
    install_missing "clang-$version" "libclang-rt-$version-dev" || echo "setup: no clang here; fuzzing will be skipped"
  fi
}

install_browser() {
  command -v chromium >/dev/null && return
  install_missing chromium || echo "setup: no Chromium here; the page of inspect will not be tried"
}

# Packages are unpacked and not installed: images that leave out /usr/share/doc would lose the text.
fetch_corpus() {
  [ -s "$1/manuals.txt" ] && return
  update_lists
  mkdir -p "$1/packages"
  manual=$(apt-cache depends postgresql-doc 2>/dev/null | sed -n 's/.*Depends: \(postgresql-doc-[0-9]*\).*/\1/p' | head -n 1)
  echo "setup: fetching the text of perl-doc and ${manual:-postgresql-doc} (about 10 MB) into $1"
  (cd "$1/packages" && apt-get download -qq perl-doc ${manual:+"$manual"} 2>/dev/null && for deb in *.deb; do dpkg -x "$deb" .; done)
  "$(dirname "$0")/../samples/manuals_corpus.pl" "$1/packages" >"$1/manuals.txt.new"
  mv "$1/manuals.txt.new" "$1/manuals.txt"
  rm -r "$1/packages"
  echo "setup: $1/manuals.txt has $(wc -w <"$1/manuals.txt") words"
}

install_missing $packages
if [ $tests = yes ]; then
  install_driver
  install_alike mesa-drm-shim $driver_package "fewer GPU compilers will be tried"
  install_gpu_headers
  install_clang
fi
if [ $browser = yes ]; then install_browser; fi
if [ $portability = yes ]; then
  install_missing debootstrap || echo "setup: no debootstrap here; other Debian releases will not be tried"
fi
if [ -n "$corpus" ]; then fetch_corpus "$corpus"; fi
