import io
import json
from pathlib import Path

import pyarrow.parquet as parquet
import pyogrio
import pytest
from pyproj import CRS
from starlette.testclient import TestClient

PARCELS = "/ogc/collections/land_parcels/items"
EPSG = "http://www.opengis.net/def/crs/EPSG/0/"
FORMATS = ("geojson", "csv", "flatgeobuf", "gpkg", "geoparquet")
GDAL_FORMATS = {"geojson": "geojson", "flatgeobuf": "fgb", "gpkg": "gpkg"}


@pytest.mark.parametrize("name", GDAL_FORMATS)
def test_files_are_read_by_gdal_with_every_feature_and_column(client: TestClient, name: str, tmp_path: Path) -> None:
    answer = client.get(PARCELS, params={"f": name})
    assert answer.status_code == 200
    assert f'filename="land_parcels.{GDAL_FORMATS[name]}"' in answer.headers["content-disposition"]
    path = tmp_path / f"parcels.{GDAL_FORMATS[name]}"
    path.write_bytes(answer.content)
    found = pyogrio.read_dataframe(path)
    assert len(found) == 25
    assert found.crs == CRS.from_epsg(4326)
    seventh = found[found["parcel_no"] == "7"].iloc[0]
    assert (seventh["area_m2"], seventh["land_use_code"], seventh["ward_code"]) == (87.5, "CLN", "24769")
    assert 108 < seventh["geometry"].centroid.x < 109
    assert "owner_name" not in found.columns


def test_geoparquet_tells_its_reference_system_and_types(client: TestClient) -> None:
    answer = client.get(PARCELS, params={"f": "geoparquet", "crs": f"{EPSG}5899"})
    found = parquet.read_table(io.BytesIO(answer.content))
    about = json.loads(found.schema.metadata[b"geo"])
    assert about["primary_column"] == "geometry"
    assert CRS.from_json_dict(about["columns"]["geometry"]["crs"]).to_epsg() == 5899
    assert found.num_rows == 25
    assert str(found.schema.field("updated_at").type) == "timestamp[us, tz=UTC]"


def test_csv_opens_in_spreadsheets_with_diacritics_and_wkt(client: TestClient) -> None:
    answer = client.get("/ogc/collections/wards/items", params={"f": "csv", "properties": "code,name,valid_from"})
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert answer.content.startswith(b"\xef\xbb\xbf")
    lines = answer.content.decode("utf-8-sig").splitlines()
    assert lines[0] == '"id","code","name","valid_from","geometry"'
    assert lines[2].startswith('2,"24769","Xuân Hương – Đà Lạt",2025-07-01,"MULTIPOLYGON(((108.44')


@pytest.mark.parametrize("name", FORMATS)
def test_every_format_answers_the_same_query_as_items(client: TestClient, name: str, tmp_path: Path) -> None:
    parameters = {
        "filter": "area_m2 > 200",
        "sortby": "-area_m2",
        "limit": "3",
        "offset": "1",
        "properties": "parcel_no",
    }
    expected = [one["id"] for one in client.get(PARCELS, params=parameters).json()["features"]]
    answer = client.get(PARCELS, params={**parameters, "f": name, "skipGeometry": "true"})
    path = tmp_path / f"file.{name if name != 'flatgeobuf' else 'fgb'}"
    path.write_bytes(answer.content)
    if name == "geoparquet":
        ids = parquet.read_table(path)["id"].to_pylist()
    elif name == "csv":
        ids = [int(line.split(",")[0]) for line in answer.text.splitlines()[1:]]
    elif name == "geojson":
        ids = [one["id"] for one in answer.json()["features"]]
    else:
        ids = [int(one) for one in pyogrio.read_dataframe(path)["id"]]
    assert ids == expected == [24, 23, 22]


def test_an_accept_header_asks_for_a_file(client: TestClient) -> None:
    answer = client.get(PARCELS, headers={"Accept": "application/geopackage+sqlite3"})
    assert answer.content.startswith(b"SQLite format 3")


def test_empty_results_are_complete_files(client: TestClient, tmp_path: Path) -> None:
    for name in FORMATS:
        answer = client.get(PARCELS, params={"f": name, "filter": "parcel_no = 'none'"})
        assert answer.status_code == 200, name
        assert answer.content or name == "csv"
    assert client.get(PARCELS, params={"f": "geojson", "parcel_no": "none"}).json()["features"] == []


def test_a_value_that_cannot_be_computed_is_refused_before_anything_is_sent(client: TestClient) -> None:
    for name in FORMATS:
        answer = client.get(PARCELS, params={"f": name, "filter": "area_m2 / (area_m2 - 125) > 1"})
        assert answer.status_code == 400, name
        assert answer.headers["content-type"] == "application/problem+json"


def test_a_file_is_not_made_again_while_its_layer_is_unchanged(client: TestClient) -> None:
    first = client.get(PARCELS, params={"f": "gpkg"})
    assert (
        client.get(PARCELS, params={"f": "gpkg"}, headers={"If-None-Match": first.headers["etag"]}).status_code == 304
    )
