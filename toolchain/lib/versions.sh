# shellcheck shell=sh

# version_at_least HAVE WANT: whether one dotted version is the same as the other or newer.
version_at_least() {
  [ "$(printf '%s\n%s\n' "$2" "$1" | sort -V | head -n 1)" = "$2" ]
}

# npm_version NAME: the exact version of a package in package.json.
npm_version() {
  sed -n "s|^ *\"$1\": \"\\([0-9.]*\\)\",*\$|\\1|p" "$ROOT/package.json"
}

# module_version GO_MOD MODULE: the version a go.mod requires.
module_version() {
  sed -n "s|^\\(require \\)*[[:space:]]*$2 \\(v[^ ]*\\).*|\\2|p" "$1" | head -n 1
}
