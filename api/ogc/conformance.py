"""The conformance classes that the server declares: those that its tests hold, and no others."""

_COMMON_1 = "http://www.opengis.net/spec/ogcapi-common-1/1.0/conf"
_COMMON_2 = "http://www.opengis.net/spec/ogcapi-common-2/1.0/conf"
_FEATURES_1 = "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf"
_FEATURES_2 = "http://www.opengis.net/spec/ogcapi-features-2/1.0/conf"
_FEATURES_3 = "http://www.opengis.net/spec/ogcapi-features-3/1.0/conf"
_FEATURES_4 = "http://www.opengis.net/spec/ogcapi-features-4/1.0/conf"
_FEATURES_5 = "http://www.opengis.net/spec/ogcapi-features-5/1.0/conf"
_PROCESSES_1 = "http://www.opengis.net/spec/ogcapi-processes-1/1.0/conf"

_CQL2 = "http://www.opengis.net/spec/cql2/1.0/conf"
_JSON_FG = "http://www.opengis.net/spec/json-fg-1/1.0/conf"
_TILES = "http://www.opengis.net/spec/ogcapi-tiles-1/1.0/conf"
_TMS = "http://www.opengis.net/spec/tms/2.0/conf"
_COVERAGES = "http://www.opengis.net/spec/ogcapi-coverages-1/1.0/conf"
_RECORDS = "http://www.opengis.net/spec/ogcapi-records-1/1.0/conf"
_STYLES = "http://www.opengis.net/spec/ogcapi-styles-1/1.0/conf"

CLASSES = (
    *(f"{_COMMON_1}/{name}" for name in ("core", "landing-page", "json", "html", "oas30")),
    f"{_COMMON_2}/collections",
    *(f"{_FEATURES_1}/{name}" for name in ("core", "geojson", "html", "oas30")),
    f"{_FEATURES_2}/crs",
    *(f"{_FEATURES_3}/{name}" for name in ("queryables", "queryables-query-parameters", "filter", "features-filter")),
    *(f"{_CQL2}/{name}" for name in ("cql2-text", "cql2-json", "basic-cql2", "advanced-comparison-operators")),
    *(f"{_CQL2}/{name}" for name in ("case-insensitive-comparison", "accent-insensitive-comparison", "arithmetic")),
    *(f"{_CQL2}/{name}" for name in ("basic-spatial-functions", "basic-spatial-functions-plus", "spatial-functions")),
    *(f"{_CQL2}/{name}" for name in ("temporal-functions", "property-property")),
    *(f"{_FEATURES_4}/{name}" for name in ("create-replace-delete", "update", "features", "optimistic-locking-etags")),
    *(f"{_FEATURES_5}/{name}" for name in ("schemas", "core-roles-features", "returnables-and-receivables")),
    *(f"{_PROCESSES_1}/{name}" for name in ("core", "json", "html", "oas30", "job-list", "dismiss", "callback")),
    f"{_PROCESSES_1}/ogc-process-description",
    *(f"{_FEATURES_5}/{name}" for name in ("queryables", "sortables", "profile-parameter")),
    *(f"{_JSON_FG}/{name}" for name in ("core", "types-schemas", "profiles", "api")),
    *(f"{_TILES}/{name}" for name in ("core", "tileset", "tilesets-list", "dataset-tilesets", "geodata-tilesets")),
    *(f"{_TILES}/{name}" for name in ("collections-selection", "mvt", "oas30")),
    *(f"{_TMS}/{name}" for name in ("tilematrixset", "json-tilematrixset")),
    *(f"{_TMS}/{name}" for name in ("tilematrixsetlimits", "json-tilematrixsetlimits")),
    *(f"{_COVERAGES}/{name}" for name in ("core", "scaling", "subsetting", "fieldselection", "crs", "geotiff")),
    f"{_COVERAGES}/coveragejson",
    *(f"{_RECORDS}/{name}" for name in ("record-core", "record-collection", "record-core-query-parameters")),
    *(f"{_RECORDS}/{name}" for name in ("json", "html")),
    *(f"{_STYLES}/{name}" for name in ("core", "global-styles", "mapbox-styles")),
)
