"""The OGC API: small documents by pygeoapi's functions, bulk answers by our own routes over `gis_core.query`."""
