"""Photos sent with a report: taken apart and made anew, so that nothing but the picture is kept."""

import math
import warnings
import zipfile
from dataclasses import dataclass
from io import BytesIO
from threading import BoundedSemaphore
from typing import Any

from PIL import ExifTags, Image, UnidentifiedImageError

from gis_core.errors import LangbiangError, TooLarge, WrongMediaType

FORMATS = ("JPEG", "PNG", "WEBP")
LARGEST_FILE = 15 << 20
"""Bytes of a photo as it comes from a telephone."""
MOST_PIXELS = 60_000_000
"""The largest sensors of telephones that save all they see have 50 million."""
LONGEST_SIDE = 1_600
"""Pixels of the photo that is kept: a number on a lamp post 20 m away can still be read."""
QUALITY = 82
FAR_M = 300
"""A photo taken farther away than so many metres is spoken of: one of the two places may be wrong."""
_EARTH_M = 6_371_008.8
# A picture of 60 million pixels takes 180 MB while it is read: not more than two at once.
_DECODING = BoundedSemaphore(2)
# What browsers and other programs would run or open, were the file given back as it came.
_FOREIGN = (b"<script", b"<html", b"<svg", b"<?php", b"<!doctype")
_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT, 3: Image.Transpose.ROTATE_180, 4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE, 6: Image.Transpose.ROTATE_270, 7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}  # fmt: skip
_HEIF = (b"heic", b"heix", b"heim", b"heis", b"hevc", b"mif1", b"msf1")

warnings.filterwarnings("error", category=Image.DecompressionBombWarning)


@dataclass(frozen=True, slots=True)
class Photo:
    """A JPEG without metadata; `place` is where its camera said it was (WGS 84, longitude first), None without."""

    content: bytes
    width: int
    height: int
    place: tuple[float, float] | None


def photo(content: bytes) -> Photo:
    """The picture in `content`, upright, at most `LONGEST_SIDE` on a side.

    Raises `WrongMediaType` for what is none, also where another file hides in it, and `TooLarge`.
    """
    if len(content) > LARGEST_FILE:
        raise TooLarge(
            f"Ảnh lớn quá {LARGEST_FILE >> 20} MB. · A photo may have {LARGEST_FILE >> 20} MB; send a smaller one."
        )
    _refuse_other_files(content)
    try:
        with _DECODING, Image.open(BytesIO(content), formats=FORMATS) as picture:
            return _anew(picture)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise _too_many_pixels() from None
    except UnidentifiedImageError:
        raise _no_photo() from None
    except LangbiangError:
        raise
    except Exception:  # Pillow raises whatever broken bytes lead it to: struct.error, TypeError, SyntaxError, …
        raise WrongMediaType("Tệp ảnh bị hỏng. · The photo's file is broken; take it again.") from None


def metres_between(one: tuple[float, float], other: tuple[float, float]) -> int:
    """Whole metres on the sphere between two places in WGS 84, longitude first."""
    (lon_1, lat_1), (lon_2, lat_2) = (tuple(map(math.radians, place)) for place in (one, other))
    half = math.sin((lat_2 - lat_1) / 2) ** 2
    half += math.cos(lat_1) * math.cos(lat_2) * math.sin((lon_2 - lon_1) / 2) ** 2
    return round(2 * _EARTH_M * math.asin(math.sqrt(min(half, 1))))


def _refuse_other_files(content: bytes) -> None:
    if content[4:8] == b"ftyp":
        if content[8:12] in _HEIF:
            raise WrongMediaType(
                "Ảnh HEIC chưa đọc được; hãy gửi ảnh JPEG (iPhone: Cài đặt › Camera › Định dạng › Tương thích nhất). · "
                "HEIC cannot be read here; send a JPEG (iPhone: Settings › Camera › Formats › Most Compatible)."
            )
        raise WrongMediaType("Đây là video, không phải ảnh. · This is a video, not a photo.")
    lowered = content.lower()
    hidden = b"%pdf-" in lowered[:1024] or any(one in lowered for one in _FOREIGN)
    if hidden or zipfile.is_zipfile(BytesIO(content)):
        raise WrongMediaType(
            "Trong tệp ảnh có tệp khác; hãy chụp lại. · Another file hides in the photo; take it again."
        )


def _anew(picture: Image.Image) -> Photo:
    if picture.width * picture.height > MOST_PIXELS:
        raise _too_many_pixels()
    place = _place(picture)
    # A JPEG is read at a fraction of its size where that is enough.
    picture.draft("RGB", (LONGEST_SIDE, LONGEST_SIDE))
    turn = _TURNS.get(_orientation(picture))
    upright = picture if turn is None else picture.transpose(turn)
    upright.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
    plain = Image.new("RGB", upright.size, "white")
    with_alpha = upright.convert("RGBA")
    plain.paste(with_alpha, mask=with_alpha)
    written = BytesIO()
    plain.save(written, "JPEG", quality=QUALITY, optimize=True, progressive=True)
    return Photo(written.getvalue(), plain.width, plain.height, place)


def _place(picture: Image.Image) -> tuple[float, float] | None:
    """Where the camera was; None where it does not say so, or says what cannot be."""
    try:
        told = picture.getexif().get_ifd(ExifTags.IFD.GPSInfo)
        longitude = _degrees(told[ExifTags.GPS.GPSLongitude], told.get(ExifTags.GPS.GPSLongitudeRef) == "W")
        latitude = _degrees(told[ExifTags.GPS.GPSLatitude], told.get(ExifTags.GPS.GPSLatitudeRef) == "S")
    except Exception:  # broken metadata are no reason to refuse the picture
        return None
    known = abs(longitude) <= 180 and abs(latitude) <= 90 and (longitude, latitude) != (0, 0)
    return (longitude, latitude) if known else None


def _orientation(picture: Image.Image) -> int:
    """How the camera was held (1: upright), as far as it can be read."""
    try:
        return int(picture.getexif().get(ExifTags.Base.Orientation, 1))
    except Exception:  # as above
        return 1


def _degrees(parts: Any, negative: bool) -> float:  # noqa: FBT001
    degrees, minutes, seconds = (float(part) for part in parts)
    value = degrees + minutes / 60 + seconds / 3600
    if not math.isfinite(value):
        raise ValueError(parts)
    return -value if negative else value


def _too_many_pixels() -> TooLarge:
    return TooLarge(
        f"Ảnh có quá {MOST_PIXELS // 1_000_000} triệu điểm ảnh. · "
        f"A photo may have {MOST_PIXELS // 1_000_000} million pixels; send a smaller one."
    )


def _no_photo() -> WrongMediaType:
    return WrongMediaType(
        "Tệp không phải là ảnh JPEG, PNG hoặc WebP. · The file is no photo; JPEG, PNG and WebP are taken."
    )
