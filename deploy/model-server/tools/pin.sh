#!/bin/sh
# Writes requirements.txt and requirements-test.txt: versions and hashes (needs pip-tools).
set -eu
cd "$(dirname "$0")/.."
compile() { pip-compile -q --generate-hashes --no-strip-extras --no-emit-index-url --no-emit-find-links --no-header -o "$2" "$1"; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
echo 'mediapipe==0.10.14' > "$work/mediapipe.in"
compile "$work/mediapipe.in" "$work/mediapipe.txt"
for kind in requirements requirements-test; do
    compile "$kind.in" "$work/$kind.txt"
    {
        echo "# Written by tools/pin.sh for Python 3.11 on Linux x86_64. Install:"
        echo "#   pip install --no-deps --require-hashes -r $kind.txt"
        awk '/^[a-z]/ {keep = /^mediapipe==/} /^ *#/ {next} keep' "$work/mediapipe.txt"
        grep -vE '^ *#' "$work/$kind.txt"
    } > "$kind.txt"
done
