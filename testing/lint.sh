#!/bin/bash
# Every check that needs no run of the code; exit code 0 only without findings.
#   testing/lint.sh [--changed[=REVISION]] [--without=CHECK] [CHECK...]
# --changed: clang-tidy and cppcheck only look at files that changed since
# REVISION (main). clang-tidy looks at no file again that it had no finding in,
# as long as that file and all that it includes are the same; what it knows is
# kept in $LOCALSTORE_TIDY_CACHE (~/.cache/localstore-clang-tidy). After
# $LOCALSTORE_TIDY_SECONDS, when that is set, it begins no other file.
# CHECKs: clang_format buildifier shellcheck buf links manual cppcheck
# clang_tidy; all of them by default. Ends with "N passed, N failed" checks.
set -euo pipefail
cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/.."
export HOME=${HOME:-/root} USER=${USER:-$(id -un)} LC_ALL=C.UTF-8
TOOLS=testing/tools/node_modules/.bin

ALL=(clang_format buildifier shellcheck buf links manual cppcheck clang_tidy)
since=
without=
checks=()
for argument in "$@"; do
  case $argument in
    --changed) since=main ;;
    --changed=*) since=${argument#*=} ;;
    --without=*) without=${argument#*=} ;;
    --help)
      sed -n '2,/^set/{/^set/d;s/^# \{0,1\}//;p}' "${BASH_SOURCE[0]}"
      exit 0
      ;;
    clang_format | buildifier | shellcheck | buf | links | manual | cppcheck | clang_tidy) checks+=("$argument") ;;
    *)
      echo "lint.sh: unknown argument $argument; see --help" >&2
      exit 2
      ;;
  esac
done
[[ ${#checks[@]} -gt 0 ]] || checks=("${ALL[@]}")

# Files of the repository, new ones included, by pattern.
files() { git ls-files --cached --others --exclude-standard -- "$@" | sort -u; }

changed() {
  if [[ -z $since ]]; then
    files "$@"
  else
    comm -12 <(files "$@") <({
      git diff --name-only "$since"
      git ls-files --others --exclude-standard
    } | sort -u)
  fi
}

shell_scripts() {
  files '*.sh'
  echo .ci/run
}

check_clang_format() { files '*.cc' '*.h' | xargs -r clang-format --dry-run --Werror; }

# Bazel 4 has the C++ and Protobuf rules built in: there is nothing to load
# them from. A macro's keyword arguments are those of the rule it wraps.
check_buildifier() {
  files '*.bazel' '*.bzl' WORKSPACE | xargs -r "$TOOLS/buildifier" -mode=check -lint=warn \
    -warnings=-native-cc-binary,-native-cc-library,-native-cc-test,-native-cc-proto,-native-proto,-native-proto-info,-native-proto-lang-toolchain,-native-sh-binary,-native-sh-test,-native-cc-common,-function-docstring-args,-unnamed-macro
}

check_shellcheck() { shell_scripts | xargs -r shellcheck -x -P .; }

check_buf() {
  local buf
  buf=$(readlink -f "$TOOLS/buf")
  (cd protos && "$buf" lint && "$buf" breaking --against ../testing/contract)
}

check_links() { testing/docs/check_links.py; }

check_manual() {
  local said
  said=$(files '*.1' | xargs -r mandoc -Tlint -W style)
  [[ -z $said ]] || { echo "$said" && return 1; }
}

check_cppcheck() {
  changed '*.cc' | xargs -r cppcheck --quiet --std=c++17 --language=c++ --inline-suppr -j "$(nproc)" \
    --library=googletest --enable=warning,performance,portability --error-exitcode=1
}

check_clang_tidy() {
  local database root
  database=$(mktemp -d)
  # The generated headers have to be there, and nothing else.
  bazel build --keep_going --output_groups=compilation_prerequisites_INTERNAL_ //... || return 1
  python3 testing/tools/compile_commands.py >"$database/compile_commands.json"
  root=$(bazel info execution_root 2>/dev/null)
  local rc=0
  changed '*.cc' | xargs -r python3 testing/tools/tidy.py "$database" "$root" || rc=1
  rm -rf "$database"
  return "$rc"
}

run() {
  case $1 in
    clang_format) check_clang_format ;;
    buildifier) check_buildifier ;;
    shellcheck) check_shellcheck ;;
    buf) check_buf ;;
    links) check_links ;;
    manual) check_manual ;;
    cppcheck) check_cppcheck ;;
    clang_tidy) check_clang_tidy ;;
  esac
}

deploy/packages.sh build lab test lint
[[ -x $TOOLS/buf && -x $TOOLS/buildifier ]] ||
  npm ci --prefix testing/tools --ignore-scripts --no-audit --no-fund --loglevel=error
passed=0
failed=0
for check in "${checks[@]}"; do
  [[ $check != "$without" ]] || continue
  if output=$(run "$check" 2>&1); then
    printf '%-14s no findings%s\n' "$check" "$(sed -n 's/^left out: /; left out: /p' <<<"$output")"
    passed=$((passed + 1))
  else
    printf '%s\n%-14s FAILED\n' "$output" "$check"
    failed=$((failed + 1))
  fi
done
echo "$passed passed, $failed failed"
((failed == 0 && passed > 0))
