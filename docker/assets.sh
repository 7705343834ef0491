#!/usr/bin/env bash
# Copies from node_modules what browsers are served to api/web/static/vendor, complete or not at all.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

readonly VENDOR=api/web/static/vendor
readonly NEW=$VENDOR.new

rm -rf "$NEW"
mkdir -p "$NEW/maplibre-gl" "$NEW/leaflet" "$NEW/noto-sans"
cp node_modules/maplibre-gl/dist/maplibre-gl{.mjs,-worker.mjs,.css} node_modules/maplibre-gl/LICENSE.txt "$NEW/maplibre-gl/"
cp -r node_modules/leaflet/dist/{leaflet.js,leaflet.css,images} node_modules/leaflet/LICENSE "$NEW/leaflet/"
# The scripts that Vietnamese and English are written in; MapLibre draws labels with the same files (style: font-faces).
for weight in 400 700; do
    for script in latin latin-ext vietnamese; do
        cp "node_modules/@fontsource/noto-sans/files/noto-sans-$script-$weight-normal.woff2" "$NEW/noto-sans/"
    done
done
cp node_modules/@fontsource/noto-sans/LICENSE "$NEW/noto-sans/"
rm -rf "$VENDOR"
mv "$NEW" "$VENDOR"
