# shellcheck shell=sh
# shellcheck disable=SC2154 # go_build sets `built`
# The OpenTelemetry Collector, for the lab and the tests: no more of it than the pair uses, from Go modules. Only when asked for.

set_up_collector() {
  collector=$ROOT/toolchain/go/collector
  version=$(module_version "$collector/go.mod" go.opentelemetry.io/collector/otelcol)
  # Its image holds the program alone, as upstream's does: no C library.
  export CGO_ENABLED=0
  go_build otelcol "$collector" . "-X main.version=$version" "5 min on two cores"
  unset CGO_ENABLED
  put_on_path "$built"
}
