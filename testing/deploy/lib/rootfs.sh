# shellcheck shell=bash
# Root file systems of Debian 12, made by mmdebstrap and kept in the cache.

# This machine's way to Debian's packages.
apt_sources() {
  local file
  for file in /etc/apt/sources.list /etc/apt/sources.list.d/*.list /etc/apt/sources.list.d/*.sources; do
    [[ ! -s $file ]] || printf '%s\n' "$file"
  done
}

# root_archive NAME PACKAGE...: prints the path of an archive of minbase and the
# packages. It is made again when the packages asked for are others, or after a week.
root_archive() {
  local name=$1 key archive sources
  shift
  key=$(printf '%s\n' "$@" | sha256sum | cut -c1-12)
  archive=$CACHE/$name-$key.tar
  mkdir -p "$CACHE"
  if [[ ! -s $archive || -n $(find "$archive" -mtime +7) ]]; then
    mapfile -t sources < <(apt_sources)
    # shellcheck disable=SC2016  # expanded by mmdebstrap's shell
    # What apt needs here (a proxy, a certificate authority), it needs there.
    mmdebstrap --quiet --format=tar --variant=minbase --include="$(printf 'usr-is-merged,ca-certificates%s' "$(printf ',%s' "$@")")" \
      --hook-dir=/usr/share/mmdebstrap/hooks/merged-usr \
      --customize-hook='copy-in /etc/apt/apt.conf.d /etc/apt' \
      --customize-hook='copy-in /usr/local/share/ca-certificates /usr/local/share' \
      --customize-hook='chroot "$1" update-ca-certificates >/dev/null' \
      --skip=cleanup/apt/lists bookworm "$archive.new" "${sources[@]}" >"$archive.log" 2>&1 ||
      fail "mmdebstrap: $(tail -n 20 "$archive.log")"
    mv "$archive.new" "$archive"
  fi
  printf '%s\n' "$archive"
}
