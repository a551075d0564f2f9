#!/usr/bin/env bash
# generate.sh [FOLDER]: makes Prometheus rules of the objectives beside this file, in deploy/prometheus/rules/slo.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
out=${1:-$here/../prometheus/rules/slo}
sloth=$("$here/../tools/go-tool.sh" sloth github.com/slok/sloth/cmd/sloth v0.16.0)
mkdir -p "$out"
for file in "$here"/*.yaml; do
  "$sloth" generate --no-log -i "$file" -o "$out/$(basename "$file")"
done
