#!/bin/sh
# Compiles the kernels for the machine that builds: build.sh DIRECTORY puts libquiver_kernels.so and .a into
# DIRECTORY/<os>-<arch>. Without a C compiler it says so and leaves nothing; the build goes on.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
case $(uname -s) in
    Linux) os=linux shared=libquiver_kernels.so ;;
    Darwin) os=macos shared=libquiver_kernels.dylib ;;
    *) os=other ;;
esac
case $(uname -m) in
    x86_64 | amd64) arch=amd64 ;;
    aarch64 | arm64) arch=aarch64 ;;
    *) arch=$(uname -m) ;;
esac
out=$1/$os-$arch

without() {
    rm -rf "$out"
    echo "The kernels in C are not built: $1. Quiver will use the Vector API."
    exit 0
}

[ "$os" != other ] || without "$(uname -s) is not known here"
compiler=${CC:-}
[ -n "$compiler" ] || for c in cc gcc clang; do
    if command -v $c >/dev/null 2>&1; then
        compiler=$c
        break
    fi
done
[ -n "$compiler" ] || without "there is no C compiler (cc, gcc or clang; or name one by CC)"

newest=$out/libquiver_kernels.a
if [ -f "$out/$shared" ] && [ -f "$newest" ] && [ -z "$(find "$here" "$0" -newer "$newest" -type f)" ]; then
    exit 0
fi
rm -rf "$out"
mkdir -p "$out"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
# No -ffast-math: the kernels promise what they round. From inside the folder, so that no path gets into the library.
if ! (cd "$here" && $compiler -std=c11 -O3 -ffp-contract=off -fPIC -fvisibility=hidden -Wall -Wextra \
    -c quiver_kernels.c -o "$work/quiver_kernels.o" 2>"$work/said" &&
    $compiler -shared -o "$work/$shared" "$work/quiver_kernels.o" -lm 2>>"$work/said" &&
    ar rc "$work/libquiver_kernels.a" "$work/quiver_kernels.o" 2>>"$work/said"); then
    cat "$work/said" >&2
    without "$compiler failed"
fi
cat "$work/said" >&2
chmod 755 "$work/$shared"
mv "$work/$shared" "$work/libquiver_kernels.a" "$out/"
echo "The kernels in C are built for $os-$arch by $compiler."
