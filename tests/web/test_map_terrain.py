"""Relief shading, slopes and heights on the map, and the data catalogue as a page."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import rasterio
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect
from rasterio.transform import from_origin

from etl.manifest import RasterEntry
from etl.raster import load_raster
from gis_core.db import Engines
from gis_core.layer import Text
from tests.web.conftest import SECONDS, drawn

pytestmark = pytest.mark.browser
SIZES = {"desk": {"width": 1100, "height": 700}, "phone": {"width": 390, "height": 844}}


@pytest.fixture
def terrain(city: Engines, data_folder: Path, tmp_path: Path) -> None:
    """A relief under the trial city."""
    east, north = np.meshgrid(np.arange(200), np.arange(150))
    file = tmp_path / "relief.tif"
    with rasterio.open(
        file, "w", driver="GTiff", width=200, height=150, count=1, dtype="float32", crs="EPSG:5899",
        transform=from_origin(574_400, 1_321_500, 10, 10),
    ) as raster:  # fmt: skip
        raster.write((1500 + 60 * np.sin(east / 20) + 40 * np.cos(north / 15)).astype("float32"), 1)
    entry = RasterEntry("terrain", file, Text("Địa hình", "Terrain"), "elevation")
    load_raster(city.owner, entry, data_folder / "rasters", "test")


@pytest.fixture(params=SIZES)
def page(request: pytest.FixtureRequest, browser: Browser, terrain: None) -> Iterator[Page]:
    """An empty page of a desk's or of a phone's size."""
    context = browser.new_context(viewport=SIZES[request.param])
    made = context.new_page()
    made.set_default_timeout(SECONDS)
    yield made
    context.close()


def test_the_relief_is_drawn_with_its_legend_as_soon_as_it_is_switched_on(page: Page, site: str) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(f"{site}/")
    drawn(page)
    assert not any("/map/tiles/" in url for url in asked)
    if page.locator(".sheet-toggle").is_visible():
        page.locator(".sheet-toggle").click()
    slope = page.locator('[data-layer="terrain_slope"]')
    expect(slope.locator(".ramp")).to_be_hidden()
    with page.expect_response(lambda answer: "/styles/slope/map/tiles/WebMercatorQuad/" in answer.url) as answer:
        slope.get_by_label("Độ dốc", exact=True).check()
    assert answer.value.status == 200
    expect(slope.locator(".ramp")).to_be_visible()
    expect(slope.locator(".ramp li").last).to_have_text("45 °")
    assert "layers=terrain_slope" in page.url
    page.reload()
    drawn(page)
    assert page.locator('[data-layer="terrain_slope"] input[name="layer"]').is_checked()
    assert Axe().run(page).response["violations"] == []


def test_the_catalogue_is_usable_and_axe_finds_nothing(page: Page, site: str) -> None:
    page.goto(f"{site}/ogc/collections/catalogue/items?f=html&lang=vi")
    assert Axe().run(page).response["violations"] == []
    page.get_by_label("Tìm trong danh mục").fill("dia hinh")
    page.get_by_role("button", name="Tìm").click()
    expect(page.get_by_role("row")).to_have_count(2)
    page.get_by_role("link", name="Địa hình").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Địa hình")
    assert Axe().run(page).response["violations"] == []
    page.goto(f"{site}/ogc/collections/terrain?f=html&lang=vi")
    expect(page.get_by_role("img")).to_have_js_property("complete", True)
    assert Axe().run(page).response["violations"] == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
