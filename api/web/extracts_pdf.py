"""Pages as PDF by WeasyPrint: tagged, with fonts embedded, and without anything from outside the page."""

import contextlib
from pathlib import Path

from api.web.templating import HERE
from gis_core.errors import Unavailable

STYLE = HERE / "templates" / "extract.css"


def warm_up() -> None:
    """Nothing; spares the first reader of an extract the seconds that it takes to load the typesetter."""
    with contextlib.suppress(Unavailable):
        pdf("<html lang='vi'><title>·</title><p>·</p></html>")


def pdf(html: str, style: Path = STYLE) -> bytes:
    """The page, laid out by the CSS file `style`, as PDF/UA-1.

    Raises `Unavailable` where the machine lacks Pango, which sets the letters.
    """
    try:
        # Here and not above: it takes seconds and needs a system library, and most processes never make a PDF.
        from weasyprint import CSS, HTML
        from weasyprint.urls import URLFetcher
    except OSError as error:
        raise Unavailable(
            "Thiếu thư viện Pango nên không tạo được PDF; docker/install.sh cài đặt nó. · "
            f"Pango is missing, so no PDF can be made; docker/install.sh installs it ({error})."
        ) from None
    nothing = URLFetcher(allowed_protocols=())
    page = HTML(string=html, url_fetcher=nothing)
    made: bytes = page.write_pdf(stylesheets=[CSS(string=style.read_text("utf-8"))], pdf_variant="pdf/ua-1")
    return made
