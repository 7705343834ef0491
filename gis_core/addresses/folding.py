"""Text as the search compares it: without case and marks, and with the marks but without their habits."""

import re
import unicodedata

_LETTERS = str.maketrans({"đ": "d", "Đ": "d", "ð": "d", "Ð": "d"})
_TONES = {"\u0300": "f", "\u0301": "s", "\u0303": "x", "\u0309": "r", "\u0323": "j"}
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")


def fold(words: str) -> str:
    """`words` in lower case without diacritics; for Latin text the same as `platform.fold` in the database."""
    if words.isascii():
        return words.lower()
    spread = unicodedata.normalize("NFD", words.translate(_LETTERS).lower())
    return "".join(letter for letter in spread if not unicodedata.combining(letter))


def toned(words: str) -> str:
    """`words` in lower case with the tone of each syllable moved to its end: `Hoà` and `Hòa` are both `hoaf`.

    Marks that make another letter (ă â đ ê ô ơ ư) stay.
    """
    if words.isascii():
        return words.lower()
    return " ".join(_toned_syllable(one) for one in words.lower().split())


def _toned_syllable(syllable: str) -> str:
    spread = unicodedata.normalize("NFD", syllable)
    tones = "".join(_TONES[letter] for letter in spread if letter in _TONES)
    kept = "".join(letter for letter in spread if letter not in _TONES)
    return unicodedata.normalize("NFC", kept) + tones


def visible(words: str) -> str:
    """`words` composed (NFC), spaces made one, characters that cannot be seen removed."""
    return " ".join(_CONTROL.sub("", unicodedata.normalize("NFC", words)).split())


def has_control(words: str) -> bool:
    """Whether `words` hold characters that no keyboard writes into a search box (tabs and line ends are allowed)."""
    return any(unicodedata.category(letter) == "Cc" and letter not in "\t\n\r" for letter in words)
