"""The requests with which QGIS 3.32 and later save edits, sent as its source writes them.

Source: src/providers/wfs/oapif in QGIS. Debian 12 has 3.22, which reads an OGC API (test_qgis.py) but cannot save.
"""

from collections.abc import Iterator
from typing import Any

import httpx2
import pytest

AGENT = "Mozilla/5.0 QGIS/34012/Debian GNU/Linux 13 (trixie)"
VN2000 = "http://www.opengis.net/def/crs/EPSG/0/5899"


@pytest.fixture
def qgis(server_url: str, operator_password: str) -> Iterator[httpx2.Client]:
    """A client that says what QGIS says."""
    with httpx2.Client(auth=("operator.gis", operator_password), headers={"User-Agent": AGENT}) as client:
        yield client


@pytest.fixture
def items(server_url: str) -> str:
    """The address of the items that are edited."""
    return f"{server_url}/collections/places/items"


def feature(schema: dict[str, Any], **values: Any) -> dict[str, Any]:
    """What QGIS makes of a new feature: every attribute that the schema names, null where nobody filled it in."""
    names = [name for name, one in schema["properties"].items() if not one.get("format", "").startswith("geometry")]
    return {
        "type": "Feature",
        "geometry": {"type": "Point", "coordinates": [575500.0, 1320700.0]},  # east first, by EPSG
        "properties": {name: values.get(name) for name in names if name != "id"},
    }


def test_qgis_learns_from_options_that_it_may_edit(qgis: httpx2.Client, items: str) -> None:
    assert "POST" in qgis.options(items).headers["allow"]
    assert {"PUT", "PATCH", "DELETE"} <= set(qgis.options(f"{items}/1").headers["allow"].split(", "))
    assert "POST" not in httpx2.options(items).headers["allow"]


def test_qgis_inserts_changes_moves_and_deletes(qgis: httpx2.Client, items: str) -> None:
    schema = httpx2.get(items.replace("/items", "/schema")).json()
    kind = schema["properties"]["place_kind"]["oneOf"][0]["const"]
    whole = {"Content-Type": "application/geo+json", "Content-Crs": VN2000}
    made = qgis.post(items, json=feature(schema, name="Điểm từ QGIS", place_kind=kind), headers=whole)
    assert made.status_code == 201, made.text
    address = made.headers["location"]
    merge = {"Content-Type": "application/merge-patch+json"}
    assert qgis.patch(address, json={"properties": {"name_en": "From QGIS"}}, headers=merge).status_code == 204
    moved = {"type": "Point", "coordinates": [575600.0, 1320800.0]}
    saved = qgis.patch(address, json={"geometry": moved}, headers=merge | {"Content-Crs": VN2000})
    assert saved.status_code == 204, saved.text
    stored = qgis.get(address, params={"crs": VN2000}).json()
    assert stored["geometry"]["coordinates"] == pytest.approx([575600.0, 1320800.0], abs=1e-4)
    assert (stored["properties"]["name"], stored["properties"]["name_en"]) == ("Điểm từ QGIS", "From QGIS")
    again = {"type": "Feature", "id": str(stored["id"]), "geometry": moved, "properties": stored["properties"]}
    put = qgis.put(address, json=again, headers=whole)
    assert put.status_code == 204, put.text
    assert qgis.delete(address).status_code == 204
    assert qgis.get(address).status_code == 404


def test_other_clients_still_have_to_say_which_state_they_change(items: str, operator_password: str) -> None:
    sent = {"properties": {"name_en": "x"}}
    assert httpx2.patch(f"{items}/1", json=sent, auth=("operator.gis", operator_password)).status_code == 428
