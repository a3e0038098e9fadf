# shellcheck shell=sh

set_up_npm() {
  stamp=$ROOT/node_modules/.understudy-setup
  lock=$(sha256sum <"$ROOT/package-lock.json" | cut -c 1-64)
  [ "$(cat "$stamp" 2>/dev/null)" != "$lock" ] || return 0
  command -v npm >/dev/null || die "missing: npm (with Node.js 20 or newer); run: apt-get install npm"
  rm -f "$stamp"
  with_clock "npm ci" "30 s" npm --prefix "$ROOT" ci || die "npm could not install what package-lock.json names"
  printf '%s\n' "$lock" >"$stamp"
}
