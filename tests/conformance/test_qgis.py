"""QGIS as Debian has it, without a screen, against a running server."""

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import httpx2
import pytest
from pyproj import Transformer

from tests.conformance.conftest import AccessLog

pytestmark = pytest.mark.desktop
CLIENT = Path(__file__).with_name("qgis_client.py")
PYTHON = "/usr/bin/python3"
"""The one that Debian's python3-qgis is made for."""


@pytest.fixture(scope="module")
def met(server_url: str, operator_password: str, access_log: AccessLog, tmp_path_factory: Any) -> dict[str, Any]:
    """What QGIS met, and under `asked` what the server was asked for meanwhile."""
    mark, home = len(access_log), tmp_path_factory.mktemp("qgis")
    environment = {
        **os.environ, "QT_QPA_PLATFORM": "offscreen", "HOME": str(home), "XDG_RUNTIME_DIR": str(home),
        "QGIS_CUSTOM_CONFIG_PATH": str(home), "LANGBIANG_PASSWORD": operator_password,
    }  # fmt: skip
    done = subprocess.run(
        [PYTHON, CLIENT, server_url.removesuffix("/ogc")],
        env=environment, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return {**json.loads(done.stdout.splitlines()[-1]), "asked": access_log.since(mark)}


def version(met: dict[str, Any]) -> tuple[int, ...]:
    return tuple(map(int, met["version"].partition("-")[0].split(".")))


def test_qgis_reads_every_feature_over_several_pages(met: dict[str, Any]) -> None:
    assert met["read"]["announced"] == len(met["read"]["names"]) == 137
    assert met["read"]["names"] == sorted(f"Địa điểm {n}" for n in range(1, 138))
    assert {"name", "place_kind"} <= set(met["read"]["fields"])
    pages = [line for line in met["asked"] if "/collections/places/items?" in line and "limit=50" in line]
    assert len(pages) > 2


def test_qgis_leaves_filters_and_windows_to_the_server(met: dict[str, Any], server_url: str) -> None:
    assert met["read"]["filtered"] == ["Địa điểm 7"]
    assert met["read"]["since"] == ["PA26", "PA28", "PA29"]
    items = [line for line in met["asked"] if "/items?" in line]
    if version(met) >= (3, 28):  # before, QGIS translates comparisons of times only
        assert [line for line in items if "Địa điểm 7" in line]
    assert [line for line in items if "2025-11-27T" in line and ("datetime=" in line or "filter=" in line)]
    assert [line for line in items if "bbox=" in line]
    inside = httpx2.get(
        f"{server_url}/collections/places/items", params={"bbox": "108.399,11.895,108.42,11.97", "limit": 200}
    )
    assert met["read"]["window"] == sorted(one["properties"]["name"] for one in inside.json()["features"])


def test_qgis_puts_features_where_they_are_in_every_system(met: dict[str, Any]) -> None:
    degrees, places = met["moved"]["EPSG:4326"], met["moved"]
    assert degrees == pytest.approx([108.407, 11.9], abs=1e-8)
    for code in ("EPSG:5899", "EPSG:3857"):
        assert places[code] == pytest.approx(
            Transformer.from_crs(4326, code, always_xy=True).transform(*degrees), abs=1.0
        )


def test_qgis_sees_more_with_an_application_password(met: dict[str, Any], server_url: str) -> None:
    assert met["public"] == httpx2.get(f"{server_url}/collections/report_points/items").json()["numberMatched"]
    assert met["hidden"] > met["public"]


@pytest.mark.parametrize("style", ["default", "dark", "print"])
def test_qgis_draws_our_tiles_in_each_of_our_styles(met: dict[str, Any], style: str) -> None:
    drawn = met["drawn"][style]
    assert drawn["valid"]
    assert drawn["styled"]
    assert drawn["colours"] > 5
    assert {"wards_label", "roads"} <= set(drawn["labelled"])
    tiles = [line for line in met["asked"] if "/ogc/tiles/WebMercatorQuad/" in line]
    assert tiles
    assert [line for line in tiles if not line.endswith((" 200", " 204", " 304"))] == []


def test_qgis_saves_edits_where_it_can_write_to_an_ogc_api(met: dict[str, Any]) -> None:
    writes = [line.split()[0] for line in met["asked"] if line.split()[0] not in ("GET", "HEAD", "OPTIONS")]
    if met["edited"] is None:
        assert version(met) < (3, 32)
        assert writes == []
        return
    assert met["edited"] == {"steps": [True, True, True], "moved": pytest.approx([108.45, 11.95], abs=1e-6)}
    assert writes[0] == "POST"
    assert writes[-1] == "DELETE"
