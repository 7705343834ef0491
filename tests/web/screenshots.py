"""Takes `docs/map.png`, the picture of the README, from a running server with the generated demo city.

Run: python tests/web/screenshots.py http://127.0.0.1:8000 [FILE]
"""

import sys
from pathlib import Path

from playwright.sync_api import sync_playwright

VIEW = "#map=15.6/11.9442/108.4402"
FILE = Path(__file__).parents[2] / "docs" / "map.png"
CHROMIUM = "/usr/bin/chromium"


def take(root: str, file: Path) -> None:
    """Writes the picture of the map at `root`. Raises `ValueError` where the server shows other than invented data."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 1440, "height": 900})
        page.goto(f"{root}/{VIEW}")
        if page.locator(".badge").count() == 0:
            raise ValueError(
                f"{root} does not show the generated demo city: a picture of real data may not be published."
            )
        page.wait_for_selector("#stage[aria-busy=false]", timeout=120_000)
        page.mouse.click(880, 470)
        page.wait_for_selector("#details .picked, #details .facts")
        parcel = page.locator("#details .picked button", has_text="Thửa đất")
        if parcel.count():
            parcel.first.click()
        page.wait_for_selector("#details .facts")
        page.mouse.move(760, 600)
        page.wait_for_selector("#stage[aria-busy=false]", timeout=120_000)
        file.parent.mkdir(exist_ok=True)
        page.screenshot(path=file)
        browser.close()


if __name__ == "__main__":
    take(sys.argv[1].rstrip("/"), Path(sys.argv[2]) if len(sys.argv) > 2 else FILE)
