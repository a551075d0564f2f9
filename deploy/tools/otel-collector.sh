#!/usr/bin/env bash
# otel-collector.sh: prints the path of an OpenTelemetry collector with the components that deploy/otel/collector.yaml
# names and no others, built once into the user's cache folder by the collector project's own builder.
# Exit code 3: it is not built yet and there is no Go here to build it with.
set -euo pipefail
version=v0.155.0 stable=v1.61.0 # of docker-compose.yml; the stable modules of that release count for themselves
program=${XDG_CACHE_HOME:-$HOME/.cache}/nephoran/tools/otel-collector-$version

if [ ! -x "$program" ]; then
  builder=$("$(dirname "$0")/go-tool.sh" otel-collector-builder go.opentelemetry.io/collector/cmd/builder "$version")
  build=$(mktemp -d)
  trap 'rm -rf "$build"' EXIT
  core=go.opentelemetry.io/collector
  cat > "$build/manifest.yaml" <<MANIFEST
dist: {name: otel-collector, output_path: $build/made}
receivers: [{gomod: $core/receiver/otlpreceiver $version}]
processors:
  - {gomod: $core/processor/batchprocessor $version}
  - {gomod: $core/processor/memorylimiterprocessor $version}
exporters: [{gomod: $core/exporter/otlpexporter $version}]
extensions:
  - {gomod: github.com/open-telemetry/opentelemetry-collector-contrib/extension/healthcheckextension $version}
providers:
  - {gomod: $core/confmap/provider/envprovider $stable}
  - {gomod: $core/confmap/provider/fileprovider $stable}
MANIFEST
  echo "building the OpenTelemetry collector $version, once; some minutes" >&2
  "$builder" --config "$build/manifest.yaml" >&2
  mv "$build/made/otel-collector" "$program"
fi
echo "$program"
