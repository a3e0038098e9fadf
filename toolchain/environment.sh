# shellcheck shell=sh
# Where the tool chain lies and how a shell finds it. ROOT is set before: the folder of a checkout, or of an installed package.

CACHE=${UNDERSTUDY_CACHE:-${XDG_CACHE_HOME:-${HOME:?}/.cache}/understudy}

quoted() {
  printf "'%s'" "$(printf '%s' "$1" | sed "s/'/'\\\\''/g")"
}

# The folder into which npm has put what ROOT needs: ROOT's own, or for a package the one that it lies in itself.
modules_folder() {
  for folder in "$ROOT/node_modules" "${ROOT%/*}"; do
    [ ! -d "$folder/@pulumi/pulumi" ] || { printf '%s' "$folder" && return; }
  done
  printf '%s' "$ROOT/node_modules"
}

# Prints shell commands that put the tool chain on PATH.
print_env() {
  modules=$(modules_folder)
  printf 'export UNDERSTUDY_CACHE=%s\n' "$(quoted "$CACHE")"
  printf 'export PULUMI_SKIP_UPDATE_CHECK=true\n'
  # Node keeps there what it has compiled: an engine run starts two programs, each a second faster by it.
  printf 'export NODE_COMPILE_CACHE=%s\n' "$(quoted "$CACHE/node")"
  # shellcheck disable=SC2016 # the caller expands it
  printf 'export PATH=%s:"$PATH"\n' "$(quoted "$CACHE/bin:$modules/.bin:$modules/@pulumi/pulumi")"
}
