"""The servers that are compared: how each is started and what it is asked. Ours first; the peers as their manuals say.

Each peer reads the same tables as a user who may only read, and serves the properties and tile attributes that ours
serves. `{...}` in a path is filled in with what a question asks for (`serving_questions`).
"""

import json
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from urllib.parse import quote

import sqlalchemy as sa

from api.supervise import Program
from api.up import http_server
from gis_core.crs import STORAGE_SRID
from gis_core.settings import Settings
from tests.benchmarks.serving_city import PARCELS, ZONES, attributes, properties
from tests.benchmarks.serving_install import ROOT, built, environment, go_install

TILES = ((PARCELS.id, 16), (PARCELS.id, 15), (PARCELS.id, 14), (ZONES.id, 12), (ZONES.id, 10))
"""The layers and zooms whose tiles are asked for."""


@dataclass(frozen=True)
class Site:
    """Where a server finds its things: an empty folder of its own, its port, and the database as its reader."""

    folder: Path
    port: int
    reader: sa.URL

    @property
    def sockets(self) -> str:
        """The folder of the database's socket."""
        return str(self.reader.query["host"])

    @property
    def address(self) -> str:
        """The database's address, with the socket's folder where some look for a host name."""
        url = self.reader
        return f"postgresql://{url.username}:{url.password}@{quote(self.sockets, safe='')}:{url.port}/{url.database}"

    @property
    def words(self) -> str:
        """The same as `name=value` pairs."""
        url = self.reader
        return f"host={self.sockets} port={url.port} dbname={url.database} user={url.username} password={url.password}"


@dataclass(frozen=True)
class Server:
    """A server to measure: `paths` has a pattern for each kind of question that it can answer.

    `interpreted`: written in Python.
    """

    name: str
    port: int
    programs: tuple[Program, ...]
    ready: str
    paths: Mapping[str, str]
    interpreted: bool = False

    @property
    def root(self) -> str:
        """Its address."""
        return f"http://127.0.0.1:{self.port}"


def ours(owner: sa.URL, data: Path, port: int) -> Iterator[Server]:
    """The server as `langbiang up` starts it; then the same without its memory of tiles, asked for uncached ones only.

    Only the limit on requests is raised: here one client asks as a thousand would.
    """
    items, tile = "/ogc/collections/land_parcels/items", "/ogc/collections/{layer}/tiles/WebMercatorQuad"
    address = owner.set(drivername="postgresql").render_as_string(hide_password=False)
    unlimited = {"DATABASE_URL": address, "LANGBIANG_REQUESTS_PER_MINUTE": "1000000000"}
    program = http_server(Settings(data=data, port=port))
    program = replace(program, environment={**program.environment, **unlimited})
    one_tile = tile + "/{zoom}/{row}/{col}"
    yield Server(
        "langbiang", port, (program,), "/readyz",
        {
            "box": items + "?limit=100&f=json&bbox={box}", "page": items + "?limit=1000&f=json",
            "item": items + "/{id}?f=json", "after": items + "?limit=100&f=json&after={after}",
            "first": items + "?limit=100&f=json", "cached": one_tile, "known": one_tile,
            "cql2": items + "?limit=100&f=json&filter-lang=cql2-text&filter={filter}&bbox={box}",
        },
    )  # fmt: skip
    command = tuple(one.replace("api.app:", "tests.benchmarks.serving_uncached:") for one in program.command)
    command = tuple(str(port + 1) if one == str(port) else one for one in command)
    variables = {**program.environment, "PORT": str(port + 1), "PYTHONPATH": str(ROOT)}
    uncached = Program("langbiang-uncached", command, variables)
    yield Server("langbiang", port + 1, (uncached,), "/readyz", {"tile": one_tile})


def tipg(site: Site) -> Server:
    """tipg with one worker, as ours has."""
    program = environment("tipg", "tipg==1.6.1", "uvicorn[standard]==0.38.0") / "uvicorn"
    variables = {
        "DATABASE_URL": site.address, "TIPG_DB_SCHEMAS": '["city"]', "TIPG_MAX_FEATURES_PER_TILE": "1000000",
        "TIPG_DB_EXCLUDE_FUNCTION_SCHEMAS": '["public", "pg_catalog"]', "TIPG_CATALOG_TTL": "86400",
        "TIPG_TABLE_CONFIG__city_land_parcels__properties": json.dumps(["id", *properties()]),
    }  # fmt: skip
    items = "/collections/city.land_parcels/items"
    tile = "/collections/city.{layer}/tiles/WebMercatorQuad/{zoom}/{col}/{row}?properties={attributes}"
    command = (str(program), "tipg.main:app", "--port", str(site.port), "--log-level", "warning")
    return Server(
        "tipg 1.6.1", site.port, (Program("tipg", command, variables),), "/collections",
        {
            "box": items + "?limit=100&f=geojson&bbox={box}", "page": items + "?limit=1000&f=geojson",
            "item": items + "/{id}?f=geojson", "tile": tile, "cached": tile,
            "cql2": items + "?limit=100&f=geojson&filter-lang=cql2-text&filter={filter}&bbox={box}",
        }, interpreted=True,
    )  # fmt: skip


def pygeoapi(site: Site) -> Server:
    """pygeoapi with its own provider for PostgreSQL, under gunicorn, with one process of eight threads."""
    bin_folder = environment(
        "pygeoapi", "pygeoapi==0.24.0", "psycopg2-binary", "geoalchemy2", "pygeofilter[sqlalchemy]", "gunicorn==23.0.0"
    )
    config, document = site.folder / "pygeoapi.json", site.folder / "openapi.yml"
    config.write_text(json.dumps(_pygeoapi_configuration(site)))
    variables = {"PYGEOAPI_CONFIG": str(config), "PYGEOAPI_OPENAPI": str(document)}
    # JSON is YAML, in which pygeoapi wants its configuration.
    subprocess.run(
        [bin_folder / "pygeoapi", "openapi", "generate", config, "--output-file", document],
        env=variables, check=True, capture_output=True,
    )  # fmt: skip
    command = (
        str(bin_folder / "gunicorn"), "--workers=1", "--threads=8", "--timeout=300", f"--bind=127.0.0.1:{site.port}",
        "pygeoapi.flask_app:APP",
    )  # fmt: skip
    items = "/collections/land_parcels/items"
    tile = "/collections/{layer}/tiles/WebMercatorQuad/{zoom}/{row}/{col}?f=mvt"
    return Server(
        "pygeoapi 0.24.0", site.port, (Program("pygeoapi", command, variables),), "/conformance?f=json",
        {
            "box": items + "?limit=100&f=json&bbox={box}", "page": items + "?limit=1000&f=json",
            "item": items + "/{id}?f=json", "tile": tile, "cached": tile,
            "cql2": items + "?limit=100&f=json&filter-lang=cql2-text&filter={filter}&bbox={box}",
        }, interpreted=True,
    )  # fmt: skip


def martin(site: Site) -> Server:
    """martin without its memory of tiles: a source for each layer and zoom, with the attributes of that zoom."""
    advice = "cargo install martin@1.14.0 --locked --no-default-features --features postgres --root .tools/bench"
    tables = {
        f"{layer}_{zoom}": {
            "schema": "city", "table": layer, "geometry_column": "geom", "srid": STORAGE_SRID, "id_column": "id",
            "geometry_type": "MULTIPOLYGON", "properties": dict.fromkeys(attributes(layer, zoom), "text"),
        }
        for layer, zoom in TILES
    }  # fmt: skip
    config = {"listen_addresses": f"127.0.0.1:{site.port}", "cache_size_mb": 0,
              "postgres": {"connection_string": site.words, "auto_publish": False, "tables": tables}}  # fmt: skip
    (site.folder / "martin.yaml").write_text(json.dumps(config))
    command = (built("martin", advice), "--config", str(site.folder / "martin.yaml"))
    program = Program("martin", command, {"RUST_LOG": "warn"})
    return Server("martin", site.port, (program,), "/health", {"tile": "/{layer}_{zoom}/{zoom}/{col}/{row}"})


def pg_tileserv(site: Site) -> Server:
    """pg_tileserv, which finds the tables itself."""
    program = go_install("pg_tileserv", "github.com/CrunchyData/pg_tileserv@latest")
    variables = {
        "DATABASE_URL": site.address, "TS_HTTPHOST": "127.0.0.1", "TS_HTTPPORT": str(site.port),
        "TS_MAXFEATURESPERTILE": "1000000",
    }  # fmt: skip
    path = "/city.{layer}/{zoom}/{col}/{row}.pbf?properties={attributes}"
    return Server("pg_tileserv", site.port, (Program("pg_tileserv", (program,), variables),), "/health", {"tile": path})


def _pygeoapi_configuration(site: Site) -> dict[str, Any]:
    said = {"en": "Benchmark"}
    about = {"title": said, "description": said, "keywords": {"en": ["benchmark"]}}
    return {
        "server": {
            "bind": {"host": "127.0.0.1", "port": site.port}, "url": f"http://127.0.0.1:{site.port}",
            "mimetype": "application/json; charset=UTF-8", "encoding": "utf-8", "languages": ["en-US"], "map": {
                "url": "https://tile.openstreetmap.org/{z}/{x}/{y}.png", "attribution": "OpenStreetMap"
            }, "limits": {"default_items": 10, "max_items": 10000},
        },
        "logging": {"level": "ERROR"},
        "metadata": {
            "identification": {**about, "terms_of_service": "-", "url": "http://127.0.0.1"},
            "license": {"name": "-", "url": "http://127.0.0.1"}, "provider": {"name": "-", "url": "http://127.0.0.1"},
            "contact": {"name": "-"},
        },
        "resources": {layer: _pygeoapi_collection(site, layer, about) for layer in (PARCELS.id, ZONES.id)},
    }  # fmt: skip


def _pygeoapi_collection(site: Site, layer: str, about: dict[str, Any]) -> dict[str, Any]:
    url, storage = site.reader, f"http://www.opengis.net/def/crs/EPSG/0/{STORAGE_SRID}"
    data = {
        "host": site.sockets, "port": url.port, "dbname": url.database, "user": url.username,
        "password": url.password, "search_path": ["city", "public"],
    }  # fmt: skip
    provider = {"data": data, "id_field": "id", "table": layer, "geom_field": "geom", "storage_crs": storage}
    items = {"type": "feature", "name": "PostgreSQL", **provider}
    if layer == PARCELS.id:
        items["properties"] = properties()
    tile = {
        "type": "tile", "name": "MVT-postgresql", **provider, "options": {"zoom": {"min": 0, "max": 22}},
        "format": {"name": "pbf", "mimetype": "application/vnd.mapbox-vector-tile"},
    }  # fmt: skip
    return {
        "type": "collection", **about, "links": [], "extents": {"spatial": {"bbox": [107, 11, 109, 13]}},
        "providers": [items, tile],
    }  # fmt: skip
