"""What a city's manifest tells of title, licences and contact is kept, once, and read by the pages."""

from pathlib import Path

import geopandas as gpd
import pytest
import shapely
import sqlalchemy as sa
from rich.progress import Progress

from api.web.about import about, city_attribution
from etl.city import load_city
from etl.manifest import read_manifest
from gis_core.db import ANONYMOUS, Engines, acting_as
from gis_core.errors import LoadRefused
from layers import CATALOG

MANIFEST = """
title = {{ vi = "{0}", en = "Small city" }}
centre = [108.44, 11.94]
attribution = {{ vi = "dữ liệu thử", en = "test data" }}

[licences]
test = "CC-BY-4.0"

[contact]
name = "Phòng dữ liệu"
email = "du-lieu@example.org"

[[load]]
layer = "places"
file = "places.gpkg"
source = "{1}"
"""


def load(city: Engines, folder: Path, title: str, source: str = "test") -> None:
    (folder / "city.toml").write_text(MANIFEST.format(title, source), encoding="utf-8")
    places = {"name": ["Hồ"], "place_kind": ["lake"], "geometry": [shapely.Point(575_000, 1_320_000)]}
    gpd.GeoDataFrame(places, crs=5899).to_file(folder / "places.gpkg")
    with Progress(disable=True) as progress:
        load_city(city.owner, folder, folder / "data", progress, demo_layers=False)


def test_a_loaded_city_is_described_by_one_row_that_everybody_may_read(city: Engines, tmp_path: Path) -> None:
    load(city, tmp_path, "Thành phố cũ")
    load(city, tmp_path, "Thành phố mới")
    with acting_as(city, ANONYMOUS) as connection:
        [row] = connection.execute(sa.text("select * from platform.city")).all()
        attribution = city_attribution(connection)
    assert (row.title_vi, row.contact_email, row.licences) == (
        "Thành phố mới", "du-lieu@example.org", {"test": "CC-BY-4.0"}
    )  # fmt: skip
    assert attribution is not None
    assert attribution.en == "test data"


def test_openstreetmap_is_named_even_where_the_manifest_forgets_it(city: Engines, tmp_path: Path) -> None:
    load(city, tmp_path, "Thành phố", source="osm")
    with acting_as(city, ANONYMOUS) as connection:
        found = about(connection, CATALOG.readable_by("citizen"))
    assert found.attribution is not None
    assert found.attribution.vi == "dữ liệu thử; © những người đóng góp OpenStreetMap (ODbL)"


def test_file_names_and_people_of_load_reports_stay_unknown_to_the_public(city: Engines, tmp_path: Path) -> None:
    load(city, tmp_path, "Thành phố")
    for column in ("files", "actor", "message", "counts"):
        with (
            pytest.raises(sa.exc.ProgrammingError, match="permission denied"),
            acting_as(city, ANONYMOUS) as connection,
        ):
            connection.execute(sa.text(f"select {column} from platform.load_report"))


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        ('[[raster]]\nid = "terrain"\nfile = "t.tif"\nkind = "heights"', "kind"),
        ('[[raster]]\nid = "../terrain"\nfile = "t.tif"', "id"),
        ('[contact]\nphone = "1"', "phone"),
    ],
)
def test_a_wrong_raster_or_contact_is_told_in_a_sentence(tmp_path: Path, lines: str, said: str) -> None:
    text = MANIFEST.format("Thành phố", "test")
    if lines.startswith("[contact]"):
        text = text.replace('[contact]\nname = "Phòng dữ liệu"\nemail = "du-lieu@example.org"', lines)
    else:
        text += lines
    (tmp_path / "city.toml").write_text(text, encoding="utf-8")
    with pytest.raises(LoadRefused, match=said):
        read_manifest(tmp_path)
