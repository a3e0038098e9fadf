# shellcheck shell=sh
# shellcheck disable=SC2154 # go_build sets `built`
# The OpenTelemetry Collector, for the lab and the tests: no more of it than the pair uses, from Go modules. Only when asked for.

set_up_collector() {
  collector=$ROOT/toolchain/go/collector
  version=$(module_version "$collector/go.mod" go.opentelemetry.io/collector/otelcol)
  go_build otelcol "$collector" . "-X main.version=$version" "5 min on two cores"
  put_on_path "$built"
}
