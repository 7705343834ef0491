"""Photos of reports: what is taken, what is refused in which words, and that nothing but the picture is kept."""

import warnings
import zipfile
from contextlib import suppress
from io import BytesIO

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import ExifTags, Image

from gis_core.errors import TooLarge, WrongMediaType
from gis_core.reports_photos import LARGEST_FILE, LONGEST_SIDE, metres_between, photo

GPS = ExifTags.IFD.GPSInfo


def jpeg(size: tuple[int, int] = (60, 40), gps: dict[int, object] | None = None) -> bytes:
    exif = Image.Exif()
    exif[ExifTags.Base.Make] = "Máy của Nguyễn Văn A"
    exif[ExifTags.Base.Orientation] = 6
    exif[GPS] = {1: "N", 2: (11.0, 56.0, 25.5), 3: "E", 4: (108.0, 26.0, 30.0)} | (gps or {})
    written = BytesIO()
    Image.new("RGB", size, "green").save(written, "JPEG", exif=exif)
    return written.getvalue()


def png(size: tuple[int, int]) -> bytes:
    written = BytesIO()
    Image.new("1", size).save(written, "PNG")
    return written.getvalue()


def test_a_photo_is_turned_upright_and_keeps_nothing_but_its_picture() -> None:
    taken = photo(jpeg())
    assert (taken.width, taken.height) == (40, 60)
    assert taken.place == pytest.approx((108.441667, 11.940417), abs=1e-5)
    again = Image.open(BytesIO(taken.content))
    assert (again.format, dict(again.getexif()), again.info.get("exif")) == ("JPEG", {}, None)
    assert b"Nguy" not in taken.content


def test_a_large_photo_is_made_smaller() -> None:
    taken = photo(jpeg((4000, 3000)))
    assert max(taken.width, taken.height) == LONGEST_SIDE


def test_a_transparent_picture_lies_on_white() -> None:
    written = BytesIO()
    Image.new("RGBA", (8, 8), (0, 0, 0, 0)).save(written, "PNG")
    assert Image.open(BytesIO(photo(written.getvalue()).content)).getpixel((3, 3)) == (255, 255, 255)


@pytest.mark.parametrize("size", [(10_000, 10_000), (14_000, 14_000)])
def test_a_picture_of_a_hundred_million_pixels_is_refused(size: tuple[int, int]) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        content = png(size)
    with pytest.raises(TooLarge, match="triệu điểm ảnh"):
        photo(content)


def test_a_file_of_too_many_bytes_is_refused() -> None:
    with pytest.raises(TooLarge, match="MB"):
        photo(b"\xff\xd8\xff" + bytes(LARGEST_FILE))


def with_archive(content: bytes) -> bytes:
    written = BytesIO(content)
    with zipfile.ZipFile(written, "a") as archive:
        archive.writestr("setup.exe", "MZ")
    return written.getvalue()


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"\x00\x00\x00\x18ftypmp42" + bytes(100), "video"),
        (b"\x00\x00\x00\x18ftypheic" + bytes(100), "HEIC"),
        (b"MZ\x90\x00" + bytes(100), "không phải là ảnh"),
        (b"", "không phải là ảnh"),
        (b"GIF89a" + bytes(50), "không phải là ảnh"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>", "tệp khác"),
        (jpeg()[:500], "hỏng"),
        (with_archive(jpeg()), "tệp khác"),
        (jpeg()[:2] + b"\xff\xfe\x00\x20%PDF-1.7".ljust(34, b" ") + jpeg()[2:], "tệp khác"),
        (jpeg() + b"<script>alert(document.cookie)</script>", "tệp khác"),
    ],
)
def test_what_is_no_photo_or_hides_another_file_is_refused(content: bytes, words: str) -> None:
    with pytest.raises(WrongMediaType, match=words):
        photo(content)


@pytest.mark.parametrize("gps", [{4: (0, 0, 0), 2: (0, 0, 0)}, {2: (99.0, 0.0, 0.0)}, {4: (1, 2)}])
def test_a_camera_that_says_what_cannot_be_says_nothing(gps: dict[int, object]) -> None:
    assert photo(jpeg()).place is not None
    assert photo(jpeg(gps=gps)).place is None


@pytest.mark.filterwarnings("ignore::UserWarning")  # what Pillow says of broken metadata, which nobody keeps
@settings(max_examples=150, deadline=None)
@given(st.integers(0, 700), st.binary(min_size=1, max_size=12), st.sampled_from([jpeg(), png((30, 30))]))
def test_a_damaged_file_is_taken_or_refused_and_nothing_else(where: int, damage: bytes, whole: bytes) -> None:
    damaged = whole[:where] + damage + whole[where + len(damage) :]
    with suppress(TooLarge, WrongMediaType):
        assert photo(damaged).content.startswith(b"\xff\xd8\xff")


def test_metres_between_two_places() -> None:
    assert metres_between((108.44, 11.94), (108.44, 11.95)) == pytest.approx(1112, abs=1)
    assert metres_between((108.44, 11.94), (108.44, 11.94)) == 0
