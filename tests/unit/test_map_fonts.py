"""The map's letters come from this server, and there are all that Vietnamese needs."""

import unicodedata
from itertools import product
from pathlib import Path

import pytest
from fontTools.ttLib import TTFont

import api.web
from tiles.style import FONT, FONT_RANGES, THEMES, style

FOLDER = Path(api.web.__file__).parent / "static"
VOWELS, MARKS, TONES = (
    "aeiouy",
    ("", "\u0302", "\u0306", "\u031b"),
    ("", "\u0300", "\u0301", "\u0303", "\u0309", "\u0323"),
)


def vietnamese() -> set[str]:
    """Every letter of Vietnamese, capital and small, as one character each."""
    made = {unicodedata.normalize("NFC", "".join(parts)) for parts in product(VOWELS, MARKS, TONES)}
    letters = {one for one in made if len(one) == 1} | set("bcdđghklmnpqrstvx")
    return letters | {one.upper() for one in letters}


def covered(ranges: list[str]) -> set[int]:
    found: set[int] = set()
    for one in ranges:
        first, _, last = one.removeprefix("U+").partition("-")
        found |= set(range(int(first, 16), int(last or first, 16) + 1))
    return found


def test_there_are_all_the_letters_of_vietnamese() -> None:
    assert len(vietnamese()) > 160
    assert {"ệ", "Ữ", "ỵ", "Đ", "ẵ"} <= vietnamese()


@pytest.mark.parametrize("theme", THEMES)
def test_each_letter_is_in_the_file_that_the_style_takes_it_from(theme: str) -> None:
    files = {}
    for face in style(theme, [], {}, "http://city")["font-faces"][FONT]:
        path = face["url"].removeprefix("http://city/static/")
        files[path] = (covered(face["unicode-range"]), set(TTFont(FOLDER / path).getBestCmap()))
    for letter in vietnamese() | set("0123456789/-–.,()² ") - {"²"}:
        drawing = next((known for wanted, known in files.values() if ord(letter) in wanted), set())
        assert ord(letter) in drawing, f"U+{ord(letter):04X} {letter}"


def test_every_script_of_the_font_is_served_from_here() -> None:
    for script in FONT_RANGES:
        assert (FOLDER / f"vendor/noto-sans/noto-sans-{script}-400-normal.woff2").is_file()
