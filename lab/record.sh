#!/bin/sh
# Records one accepted set of results: a dry run, a switchover and the failback on the lab, each with its
# signature, the key that they verify with, the health report, the drill report and the final acceptance. What the last
# complete `make test` left for the acceptance goes into the set too. An older set is replaced once every drill of the
# new one is accepted.
# usage: lab/record.sh [FOLDER]     (default: docs/results/recorded)
set -eu
cd "$(CDPATH='' cd -- "$(dirname -- "$(readlink -f -- "$0")")/.." && pwd)"
recorded=${1:-docs/results/recorded}
left=docs/results
health=prodlike_multi_host_health_report.json
verdict=requirements_verdict.json

made=$(mktemp -d)
trap 'rm -rf "$made"' EXIT
bin/understudy lab drill --output-dir "$made"

# The services that a switchover carries over take some seconds to be well again.
looks=12
until bin/understudy health --env-config configs/deploy/environments/lab.yaml --output-file "$made/$health"; do
  looks=$((looks - 1))
  [ "$looks" -gt 0 ] || { echo "record: not every service is well, so nothing is recorded" >&2 && exit 1; }
  sleep 10
done

rm -rf "$made/drills"
if [ -f "$left/$verdict" ]; then
  cp "$left/$verdict" "$made/"
  mkdir "$made/acceptance"
  find "$left/acceptance" -maxdepth 1 -type f -exec cp {} "$made/acceptance/" \;
fi

mkdir -p "$recorded"
rm -rf "$recorded/acceptance"
rm -f "$recorded"/failover_* "$recorded"/final_capability_acceptance_* "$recorded/$health" "$recorded/$verdict"
cp -R "$made/." "$recorded/"

bin/understudy report --evidence "$recorded/failover_result.env" --output-dir "$recorded"
set -- --evidence "$recorded"/failover_*.env
[ ! -d "$recorded/acceptance" ] || set -- "$@" "$recorded"/acceptance/*.env
set -- "$@" --health-report "$recorded/$health"
[ ! -f "$recorded/acceptance/single_host_health.json" ] || set -- "$@" "$recorded/acceptance/single_host_health.json"
[ ! -f "$recorded/$verdict" ] || set -- "$@" --requirements-verdict "$recorded/$verdict"
# Exit code 1 says that not every scenario is shown; the document names those. The limit is the one of tests/run/gate.sh.
bin/understudy accept "$@" --max-failover-seconds 180 --output-dir "$recorded" || [ $? -eq 1 ]
