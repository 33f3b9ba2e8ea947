#!/bin/bash
# The image of //deploy/oci is the same whenever and by whomever it is packed,
# is an OCI image layout, and is complete: its programs run in it.
#   oci_test.sh FOLDER IMAGE PROGRAM...
set -euo pipefail
folder=$1 image=$2
programs=("${@:3}")
max_mib=120
# Instrumented programs are several times as large, and bring their runtimes.
[[ -z ${ASAN_OPTIONS-}${TSAN_OPTIONS-} ]] || max_mib=400

fail() {
  printf 'FAILED: %s\n' "$*" >&2
  exit 1
}

constant() { sed -n "s/^$1 = \"\(.*\)\"$/\1/p" deploy/version.bzl; }
epoch=$(constant SOURCE_DATE_EPOCH) version=$(constant VERSION)

pack() {
  local to=$TEST_TMPDIR/$1
  mkdir -p "$to"
  python3 -B "$folder/rootfs.py" --epoch="$epoch" --system="$to/system.tar" --localstore="$to/localstore.tar" "${programs[@]}"
  python3 -B "$folder/archive.py" --epoch="$epoch" --version="$version" --output="$to/image.tar" "$to"/{system,localstore}.tar
}

pack plain
(
  umask 077
  export TZ=Pacific/Auckland LC_ALL=C PYTHONHASHSEED=1
  pack otherwise
)
cmp "$TEST_TMPDIR"/{plain,otherwise}/image.tar || fail "packed twice, two images"
cmp "$TEST_TMPDIR/plain/image.tar" "$image" || fail "packed by Bazel, another image"
echo "packed three times: sha256:$(sha256sum <"$image" | cut -d' ' -f1)"

layout=$TEST_TMPDIR/layout
mkdir -p "$layout"
tar -C "$layout" -xf "$image"
(cd "$layout/blobs/sha256" && for blob in *; do echo "$blob  $blob"; done | sha256sum --check --quiet) ||
  fail "a blob is not what its name says"
python3 -B - "$layout" "$max_mib" <<'CHECK'
import json, os, sys
layout, max_mib = sys.argv[1], int(sys.argv[2])
def blob(descriptor):
    path = os.path.join(layout, "blobs", *descriptor["digest"].split(":"))
    assert os.path.getsize(path) == descriptor["size"], descriptor
    return path
index = json.load(open(os.path.join(layout, "index.json")))
manifest = json.load(open(blob(index["manifests"][0])))
config = json.load(open(blob(manifest["config"])))
assert len(manifest["layers"]) == len(config["rootfs"]["diff_ids"]) == 2
assert config["config"]["User"] == "65532:65532"
size = sum(os.path.getsize(blob(layer)) for layer in manifest["layers"])
assert size < max_mib * 2**20, size
CHECK

root=$TEST_TMPDIR/root
mkdir -p "$root"
tar -C "$root" --no-same-owner -xf "$TEST_TMPDIR/plain/system.tar"
tar -C "$root" --no-same-owner -xf "$TEST_TMPDIR/plain/localstore.tar"
size=$(du -sm "$root" | cut -f1)
((size <= max_mib)) || fail "the root file system has $size MB"
[[ -z $(find "$root" -name '*sh' -path '*bin*') ]] || fail "there is a shell"
# With a /proc, as in every container: a sanitizer's programs read it.
show_version() {
  mkdir -p "$1/proc" && mount --rbind /proc "$1/proc" && unshare --root="$1" "/usr/bin/$2" --version
}
export -f show_version
for program in "${programs[@]}"; do
  name=$(basename "$program")
  unshare --user --map-root-user --mount bash -c "show_version '$root' '$name'" || fail "$name does not run"
done
grep -q 'BEGIN CERTIFICATE' "$root/etc/ssl/certs/ca-certificates.crt" || fail "no certificate authorities"
echo "root file system: $size MB, complete"
