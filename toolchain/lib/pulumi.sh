# shellcheck shell=sh
# shellcheck disable=SC2154 # go_build sets `built`
# The Pulumi engine with its Node.js language host, and the provider of @pulumi/docker. In this order: what the machine
# has, what the cache has, Pulumi's download site, a build from Go modules.

OLDEST_PULUMI=3.200.0

# pulumi_on_path: sets `pulumi` to a supported pulumi, with its language host, that is not one of ours.
pulumi_on_path() {
  others=$(printf '%s' "$PATH" | tr ':' '\n' | grep -vxF "$CACHE/bin" | tr '\n' ':')
  pulumi=$(PATH=$others command -v pulumi) || return 1
  version=$(PULUMI_SKIP_UPDATE_CHECK=true "$pulumi" version 2>/dev/null | sed 's/^v//')
  case $version in 3.*) ;; *) return 1 ;; esac
  version_at_least "$version" "$OLDEST_PULUMI" || return 1
  [ -x "$(dirname "$(readlink -f "$pulumi")")/pulumi-language-nodejs" ] ||
    PATH=$others command -v pulumi-language-nodejs >/dev/null
}

# download_pulumi VERSION: Pulumi's own installer, into the cache. Fails within seconds where its site does not answer.
download_pulumi() {
  command -v curl >/dev/null || return 1
  mkdir -p "$WORK/official"
  curl -fsSL --connect-timeout 3 --max-time 6 -o "$WORK/install-pulumi.sh" https://get.pulumi.com 2>/dev/null || return 1
  with_clock "download Pulumi $1" "1 min" timeout 300 sh "$WORK/install-pulumi.sh" \
    --version "$1" --install-root "$WORK/official" --no-edit-path || return 1
  "$WORK/official/bin/pulumi" version >/dev/null 2>&1 || return 1
  keep "$WORK/official" "$CACHE/official/$1"
}

# Builds the engine and its language host where set_up_engine has found none.
set_up_engine_build() {
  [ -z "$pulumi" ] || return 0
  engine=$ROOT/toolchain/go/pulumi
  tag=$(module_version "$engine/go.mod" github.com/pulumi/pulumi/pkg/v3)
  go_build pulumi "$engine" github.com/pulumi/pulumi/pkg/v3/cmd/pulumi \
    "-X github.com/pulumi/pulumi/sdk/v3/go/common/version.Version=$tag" "6 min on two cores"
  put_on_path "$built"
  go_build pulumi-language-nodejs "$ROOT/toolchain/go/pulumi-language-nodejs" \
    github.com/pulumi/pulumi/sdk/v3/nodejs/cmd/pulumi-language-nodejs "" "20 s"
  put_on_path "$built"
}

go_built() {
  for program in "$CACHE/go/$1"/*/"$1"; do
    [ ! -x "$program" ] || return 0
  done
  return 1
}

# Sets `pulumi` to Pulumi's own program, or to nothing when ours is to be built.
set_up_engine() {
  wanted=$(npm_version @pulumi/pulumi)
  if pulumi_on_path; then
    rm -f "$CACHE/bin/pulumi" "$CACHE/bin/pulumi-language-nodejs"
    return 0
  fi
  pulumi=$CACHE/official/$wanted/bin/pulumi
  if [ ! -x "$pulumi" ] && ! go_built pulumi && ! download_pulumi "$wanted"; then
    say "no pulumi $OLDEST_PULUMI or newer on PATH, and Pulumi's site does not answer: building it from Go modules"
  fi
  if [ -x "$pulumi" ]; then
    put_on_path "$pulumi"
    put_on_path "$(dirname "$pulumi")/pulumi-language-nodejs"
  else
    pulumi=
  fi
}

set_up_docker_provider() {
  wanted=$(npm_version @pulumi/docker)
  if [ -n "$pulumi" ]; then
    plugin=${PULUMI_HOME:-$HOME/.pulumi}/plugins/resource-docker-v$wanted
    if [ -d "$plugin" ] || with_clock "pulumi plugin install resource docker $wanted" "10 s" \
      timeout 120 "$pulumi" plugin install resource docker "$wanted"; then
      rm -f "$CACHE/bin/pulumi-resource-docker"
      return 0
    fi
    say "Pulumi's plugin for Docker cannot be had: building it from Go modules"
  fi
  go_build pulumi-resource-docker "$ROOT/toolchain/go/pulumi-resource-docker" . "-X main.version=$wanted" "3 min on two cores"
  put_on_path "$built"
}
