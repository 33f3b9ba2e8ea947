#!/bin/bash
# What the shells make of the completion scripts: completion_test.sh LOCALSTORECTL
set -euo pipefail
ctl=$(readlink -f "$1")
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
failed=0

# What bash offers for these words, the last one being completed, in one line.
offers() {
  "$ctl" completion bash >"$scratch/script"
  # shellcheck disable=SC2016
  bash -euc 'source "$1"; shift; compopt() { :; }
    COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _localstorectl; echo "${COMPREPLY[*]-}"' \
    bash "$scratch/script" "$@"
}

expect() {
  local wanted=$1 got
  shift
  got=$(offers "$@")
  if [[ $got != "$wanted" ]]; then
    printf 'after [%s]\n  wanted [%s]\n  got    [%s]\n' "$*" "$wanted" "$got" >&2
    failed=1
  fi
}

expect resolve localstorectl res
expect watch localstorectl --server = unix:/x wat
expect watch localstorectl --server unix:/x wat
expect --sha256= localstorectl download --sha
expect json localstorectl --output = j
expect 'text json' localstorectl --output ''
expect 'text json' localstorectl --output =
expect fish localstorectl completion f
expect '' localstorectl download --id ''
expect '--ipv4 --ipv6' localstorectl resolve --ip
expect '' localstorectl resolve --sha
touch "$scratch/ca.pem"
expect "$scratch/ca.pem" localstorectl download --ca = "$scratch/ca"
expect "$scratch/ca.pem" localstorectl download --ca "$scratch/ca"

# What the server knows, but only names that no shell could take for more.
mkdir "$scratch/bin"
cat >"$scratch/bin/localstorectl" <<'END'
#!/bin/sh
[ "$*" = "status --output=json" ] || exit 1
echo '{"bridges":[{"knownHosts":["a-1.local","$(touch x).local"]}],"downloads":[{"downloadId":"id-1"},{"downloadId":"`x`"}]}'
END
chmod +x "$scratch/bin/localstorectl"
PATH=$scratch/bin:$PATH
expect a-1.local localstorectl resolve a
expect a-1.local localstorectl doctor ''
expect id-1 localstorectl watch i
expect id-1 localstorectl remove ''
expect '' localstorectl --server = unix:/x watch i

# A file's name ends a word, a folder's goes on behind its slash: bash does that to what it is told are files.
"$ctl" completion bash >"$scratch/script"
grep -q -- '--ca) .*compopt -o filenames' "$scratch/script" || { echo "bash is not told of files" >&2; failed=1; }

# zsh and fish only where they are installed.
for shell in bash zsh fish; do
  command -v "$shell" >/dev/null || continue
  "$ctl" completion "$shell" >"$scratch/script.$shell"
  "$shell" -n "$scratch/script.$shell" || {
    echo "$shell cannot read its script" >&2
    failed=1
  }
done

# What fish offers for the line, in one line, without descriptions.
fish_offers() {
  # shellcheck disable=SC2016
  HOME=$scratch fish --private --command 'source $argv[1]; complete --do-complete $argv[2]' \
    "$scratch/script.fish" "$1" 2>&1 | cut -f1 | tr '\n' ' '
}

expect_of_fish() {
  local got
  got=$(fish_offers "$2")
  if [[ $got != "$1" ]]; then
    printf 'fish after [%s]\n  wanted [%s]\n  got    [%s]\n' "$2" "$1" "$got" >&2
    failed=1
  fi
}

if command -v fish >/dev/null; then
  expect_of_fish 'resolve ' 'localstorectl res'
  expect_of_fish 'watch ' 'localstorectl --output=json wat'
  expect_of_fish 'a-1.local ' 'localstorectl resolve '
  expect_of_fish 'id-1 ' 'localstorectl cancel i'
  expect_of_fish '--ipv4 --ipv6 ' 'localstorectl resolve --ip'
  expect_of_fish 'bash fish zsh ' 'localstorectl completion '
  expect_of_fish 'json text ' 'localstorectl status --output '
fi

# In a terminal of its own zsh would have to be waited for: here, that it takes the script and whom for.
if command -v zsh >/dev/null; then
  # shellcheck disable=SC2016
  got=$(zsh -f -c 'autoload -U compinit && compinit -u -D && source "$1" && echo "$_comps[localstorectl] $+functions[_localstorectl_hosts]"' \
    zsh "$scratch/script.zsh" 2>&1) || true
  [[ $got == "_localstorectl 1" ]] || { echo "zsh says of its script: $got" >&2; failed=1; }
fi
exit "$failed"
