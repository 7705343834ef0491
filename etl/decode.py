"""Vietnamese text as Unicode NFC, also from the two legacy encodings met in cadastral files: TCVN3 (ABC) and VNI.

Both put Vietnamese letters on Latin-1 code points, so such a file reads as "§µ L¹t" or "Ñaø Laït". A column is decoded
as a whole and only where the decoded words are clearly better Vietnamese than the words as they stand.
Source of the tables: TCVN 5712:1993 (VN3) and the VNI Windows code page.
"""

import re
import unicodedata
from collections.abc import Callable, Iterable
from typing import Literal

Encoding = Literal["unicode", "tcvn3", "vni"]

_TCVN3_BYTES = bytes((
    *range(0xA1, 0xAF), *range(0xB5, 0xBA), *range(0xBB, 0xBF), *range(0xC6, 0xCD), *range(0xCE, 0xD9),
    *range(0xDC, 0xE0), *range(0xE1, 0xF0), *range(0xF1, 0xFF),
))  # fmt: skip
_TCVN3_LETTERS = "ĂÂÊÔƠƯĐăâêôơưđàảãáạằẳẵắặầẩẫấậèẻẽéẹềểễếệìỉĩíịòỏõóọồổỗốộờởỡớợùủũúụừửữứựỳỷỹýỵ"
TCVN3 = dict(zip(_TCVN3_BYTES.decode("latin-1"), _TCVN3_LETTERS, strict=True))

_VNI_MARKS = {
    "a": ("øùûõïâàáåãäêèéúüë", "àáảãạâầấẩẫậăằắẳẵặ"),
    "e": ("øùûõïâàáåãä", "èéẻẽẹêềếểễệ"),
    "o": ("øùûõïâàáåãä", "òóỏõọôồốổỗộ"),
    "u": ("øùûõï", "ùúủũụ"),
    "y": ("øùûõ", "ỳýỷỹ"),
    "ô": ("øùûõï", "ờớởỡợ"),
    "ö": ("øùûõï", "ừứửữự"),
}
_VNI_SINGLE = {"ô": "ơ", "ö": "ư", "ñ": "đ", "î": "ỵ", "æ": "ỉ", "ó": "ĩ", "ò": "ị", "ì": "ì", "í": "í"}
VNI = {
    **{
        base + mark: letter
        for base, (marks, letters) in _VNI_MARKS.items()
        for mark, letter in zip(marks, letters, strict=True)
    },
    **_VNI_SINGLE,
}
_VNI_TOKEN = re.compile("|".join(sorted(map(re.escape, VNI), key=len, reverse=True)), re.IGNORECASE)

_WORD = re.compile(r"[^\W\d_]+")
# A word of a legacy file is cut by no symbol: every Latin-1 sign above 0xA0 may stand for a letter.
_RAW_WORD = re.compile(r"[A-Za-z\u00a1-\u00ff]+")
_TONES = str.maketrans("", "", "\u0300\u0301\u0303\u0309\u0323")
_SYLLABLE = re.compile(
    r"(ngh|ng|gh|gi|kh|nh|ph|qu|th|tr|ch|[bcdđghklmnpqrstvx])?[aăâeêioôơuưy]{1,3}(ch|ng|nh|[cmnpt])?"
)


def from_tcvn3(text: str) -> str:
    """`text` with every TCVN3 letter as Unicode; a word in capitals of a capital font gets capital accents too."""
    return _WORD.sub(_evenly_capital, "".join(TCVN3.get(letter, letter) for letter in text))


def from_vni(text: str) -> str:
    """`text` with every VNI letter as Unicode, case kept."""
    return _VNI_TOKEN.sub(_vni_letter, text)


def encoding(texts: Iterable[str]) -> Encoding:
    """The encoding in which the texts of one column stand; "unicode" in every case of doubt."""
    sample = [text for text in texts if not text.isascii()]
    if not sample or any(ord(letter) > 0xFF and letter not in _PUNCTUATION for text in sample for letter in text):
        return "unicode"
    shares = {name: _vietnamese_share(decode(text) for text in sample) for name, decode in DECODERS.items()}
    best = max(shares, key=lambda name: shares[name])
    as_it_stands = _vietnamese_share(sample)
    return best if shares[best] >= 0.8 and shares[best] > as_it_stands + 0.15 else "unicode"


def unicode_text(text: str, source: Encoding) -> str:
    """`text` from encoding `source` as Unicode NFC without surrounding blanks and control characters."""
    if source != "unicode":
        text = DECODERS[source](text)
    clean = "".join(letter for letter in text if letter in "\n\t" or unicodedata.category(letter) != "Cc")
    return unicodedata.normalize("NFC", clean).strip()


DECODERS: dict[Encoding, Callable[[str], str]] = {"tcvn3": from_tcvn3, "vni": from_vni}
_PUNCTUATION = "–—‘’“”…€™\u0192\u02c6\u02dc\u0152\u0153\u0160\u0161\u0178\u017d\u017e"


def _evenly_capital(match: re.Match[str]) -> str:
    word = match[0]
    plain = [letter for letter in word if letter.isascii()]
    marked = [letter for letter in word if not letter.isascii()]
    # The capital fonts (.VnTimeH) show small accented letters as capitals, so the file holds "THµNH" for THÀNH.
    shouted = len(word) > 1 and plain and marked and all(letter.isupper() for letter in plain)
    lone_initial = len(plain) == 1 and word[0] == plain[0]
    return word.upper() if shouted and not lone_initial else word


def _vni_letter(match: re.Match[str]) -> str:
    token = match[0]
    letter = VNI[token.lower()]
    return letter.upper() if token[0].isupper() else letter


def _vietnamese_share(texts: Iterable[str]) -> float:
    """The share of Vietnamese syllables among the words with other than ASCII letters; 0 where there are none."""
    words = [word for text in texts for word in _words(text) if not word.isascii()]
    return sum(map(_is_syllable, words)) / len(words) if words else 0.0


def _words(text: str) -> list[str]:
    return _RAW_WORD.findall(text) if all(ord(letter) <= 0xFF for letter in text) else _WORD.findall(text)


def _is_syllable(word: str) -> bool:
    spread = unicodedata.normalize("NFD", word.lower())
    toneless = unicodedata.normalize("NFC", spread.translate(_TONES))
    tones = sum(mark in "\u0300\u0301\u0303\u0309\u0323" for mark in spread)
    return tones <= 1 and _SYLLABLE.fullmatch(toneless) is not None
