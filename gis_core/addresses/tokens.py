"""A text cut into words and numbers: typing leftovers decoded, glued words parted, words close to a label guessed."""

import re
from collections.abc import Iterator, Set
from dataclasses import dataclass, replace
from itertools import zip_longest

from rapidfuzz import process
from rapidfuzz.distance import OSA

from gis_core.addresses.folding import fold, toned, visible
from gis_core.addresses.typing_leftovers import decoded

HOUSE_LABELS = frozenset({"so", "sn", "nha"})
ALLEY_LABELS = {"ngo": 1, "hem": 1, "h": 1, "kiet": 1, "ngach": 2, "xet": 2}
GROUP_LABELS = frozenset({"to", "tdp", "kp", "khu", "khom", "ap", "thon", "xom", "bon", "buon", "cum", "doi"})
WARD_LABELS = frozenset({"phuong", "p", "f", "ph", "phg", "xa", "x", "tt", "thi", "tran", "dac", "khu"})
ROAD_LABELS = frozenset({"duong", "d", "dg", "pho"})
_OTHER_LABELS = frozenset({
    "thua", "ban", "do", "dia", "chinh", "tbd", "tieu", "tk", "khoanh", "rung", "tp", "thanh", "tinh", "t",
    "q", "quan", "huyen", "tx", "vn", "viet", "nam", "lo", "kqh", "kdc", "khu", "quy", "hoach", "dan", "cu",
    "moi", "dl", "ld", "tai", "gan", "ql", "tl", "dt",
})  # fmt: skip
_NUMBERED = (
    (HOUSE_LABELS - {"nha"})
    | ALLEY_LABELS.keys()
    | GROUP_LABELS
    | ROAD_LABELS
    | {"phuong", "p", "f", "ph", "phg", "lo", "ql", "dt", "tl"}
)
LABELS = HOUSE_LABELS | ALLEY_LABELS.keys() | GROUP_LABELS | WARD_LABELS | ROAD_LABELS | _OTHER_LABELS
_GUESSED = ("phuong", "duong", "hem", "thon", "kiet", "ngach", "thanh", "tinh")

_LEVEL = r"\d+(?:[a-zđ]?(?:bis|ter)|[a-zđ]{1,2})?(?![^\W_])"
_LABEL = r"(?P<label>(?:số|so|sn|hẻm|hem|kiệt|kiet|(?:ngõ|ngo|ngách|ngach|lô|lo)(?=\d+/))(?=\d))|"
_TOKEN = re.compile(
    rf"(?P<number>{_LEVEL}(?:[/.\-]{_LEVEL})*(?!/\d)|\d+(?:[a-zđ](?=/\d))?(?:/\d+(?:[a-zđ](?=/\d))?)*)"
    r"|(?P<mixed>[^\W\d_]+\d[^\W_]*)|(?P<word>[^\W\d_]+(?:['’][^\W\d_]+)*)|(?P<mark>[,;()\[\]|\n])"
)
_LABELLED_TOKEN = re.compile(_LABEL + _TOKEN.pattern)
_SLASH = re.compile(r"(?<=[0-9a-z])\s*[/\\⁄／]\s*(?=[0-9])")
_SPACED_SUFFIX = re.compile(r"(\d)\s+(bis\b|ter\b|[a-h](?=/\d))")
_LONGEST_SYLLABLE = 9
_DASHES = str.maketrans({"–": "-", "—": "-", "‑": "-", "⁄": "/", "／": "/"})
_RANGE = re.compile(r"(?<![\d/])(\d{1,6})\s*-\s*(\d{1,6})(?![\d/.])")
# "XTân Nghĩa", "TPBảo Lộc": the kind of a unit written together with its name.
_GLUED_TYPE = re.compile(r"\b(TP|TX|TT|[THXPQ])(?=([^\W\d_])([^\W\d_]))")
# "19 Đ. Cam Ly" is the street's "đường", "19 D Cam Ly" the number 19D; without marks "d" is the street's.
_ROAD = re.compile(r"(?:(?<=\s)|(?<=^)|(?<=,))(?:[đĐ](?:\.\s*|\s+)|[dD]\.\s*)(?=[^\W_]{2}|\d)")
_ROAD_ASCII = re.compile(r"(?:(?<=\s)|(?<=^)|(?<=,))(?:[dD]\.\s*|d\s+)(?=[A-Za-z0-9]{2})")


@dataclass(frozen=True, slots=True)
class Token:
    """A word or number as typed (lower-case) and folded; `guess` is the label a misspelt word may be, else ``.

    `after_mark`: a comma or bracket stands before it. `glued`: nothing stands between it and the token before.
    """

    text: str
    folded: str
    is_number: bool
    after_mark: bool = False
    glued: bool = False
    guess: str = ""

    @property
    def label(self) -> str:
        """The folded word, or the label it was probably meant to be."""
        return self.guess or self.folded


def tokens(text: str, vocabulary: Set[str]) -> list[Token]:
    """The tokens of `text`; `vocabulary` is that of a gazetteer: folded words, and how names begin."""
    typed = _typed(text)
    found: list[Token] = []
    after_mark, end = False, -1
    parts = list(_TOKEN.finditer(typed))
    vni = any(
        one.lastgroup == "mixed" and _spelt_in_vni(one[0], after[0] if after else "", vocabulary)
        for one, after in zip_longest(parts, parts[1:])
    )
    if not vni:
        parts = list(_LABELLED_TOKEN.finditer(typed))
    for one in parts:
        if one.lastgroup == "mark":
            after_mark = True
            continue
        glued = one.start() == end
        made = list(_tokens(one[0], str(one.lastgroup), vocabulary, glued=glued, vni=vni))
        if made and glued and found and _is_suffix(found[-1], made[0]):
            found[-1] = replace(found[-1], text=found[-1].text + made[0].text, folded=found[-1].folded + made[0].folded)
            made = made[1:]
        if made:
            made[0] = replace(made[0], after_mark=after_mark, glued=glued)
            found += made
        after_mark, end = False, one.end()
    return found


def _typed(text: str) -> str:
    """`text` in lower case, with glued abbreviations, spaced numbers and "Đ." put the way they are read."""
    words = _GLUED_TYPE.sub(_type_apart, visible(text.replace("\n", ",")))
    words = (_ROAD_ASCII if words.isascii() else _ROAD).sub(" duong ", words)
    words = _SLASH.sub("/", _SPACED_SUFFIX.sub(r"\1\2", words.lower().translate(_DASHES)))
    return _RANGE.sub(_range, words)


def _type_apart(found: re.Match[str]) -> str:
    return f"{found[1]} " if found[2].isupper() and found[3].islower() else found[1]


def _range(found: re.Match[str]) -> str:
    first, last = found.groups()
    return f"{first}-{last}" if int(first) < int(last) else found[0]


def _spelt_in_vni(typed: str, after: str, vocabulary: Set[str]) -> bool:
    """Whether `typed` is a word in VNI beyond doubt: no label with its number, as in `P1` and `to6`.

    `ngo6` is one where the word `after` it goes on with a name that begins so: `Ngô Quyền`.
    """
    word = fold(re.match(r"[^\W\d_]+", typed)[0])  # type: ignore[index]
    spelt = decoded(typed)
    if spelt is None or fold(spelt) not in vocabulary:
        return False
    numbered = word in _NUMBERED and typed[len(word) :].isdigit()
    return not numbered or f"{toned(spelt)} {fold(after)}" in vocabulary


def _tokens(typed: str, kind: str, vocabulary: Set[str], *, glued: bool, vni: bool) -> Iterator[Token]:
    if kind == "number":
        yield from _number(typed, vocabulary)
    elif kind == "mixed":
        yield from _mixed(typed, vocabulary, vni=vni)
    else:
        yield from _words(typed, vocabulary, after_number=glued)


def _number(typed: str, vocabulary: Set[str]) -> Iterator[Token]:
    plain = re.sub(r"(?<!\d)0+(?=\d)", "", fold(typed)).replace(".", "/")
    word = plain[-2:]
    if word.isalpha() and word in vocabulary:  # "75An Tôn"
        yield Token(typed[:-2], plain[:-2], is_number=True)
        yield Token(typed[-2:], word, is_number=False, glued=True)
    else:
        yield Token(typed, plain, is_number=True)


def _is_suffix(number: Token, letter: Token) -> bool:
    return number.is_number and number.folded[-1].isdigit() and letter.folded in ("a", "b", "c", "d", "e", "bis", "ter")


def _mixed(typed: str, vocabulary: Set[str], *, vni: bool) -> Iterator[Token]:
    """Tokens of letters with digits in them: a known name, VNI keystrokes, a label with its number, or a lot."""
    folded = fold(typed)
    letters = re.match(r"[^\W\d_]+", typed)[0]  # type: ignore[index]
    word, rest = fold(letters), typed[len(letters) :]
    if folded in vocabulary:
        yield Token(typed, folded, is_number=False)
    elif vni and (spelt := decoded(typed)) is not None and fold(spelt) in vocabulary:
        yield Token(spelt, fold(spelt), is_number=False)
    elif len(word) == 1 and word not in LABELS:
        yield Token(typed, folded, is_number=True)
    else:
        yield from _words(letters, vocabulary, after_number=False)
        yield from (replace(one, glued=True) for one in tokens(rest, vocabulary))


def _words(typed: str, vocabulary: Set[str], *, after_number: bool) -> Iterator[Token]:
    folded = fold(typed)
    if folded in vocabulary or len(folded) == 1:
        yield Token(typed, folded, is_number=False)
        return
    spelt = decoded(folded) if typed.isascii() else None
    if spelt is not None and fold(spelt) in vocabulary:
        yield Token(spelt, fold(spelt), is_number=False)
        return
    suffix = folded[:3] if after_number and folded[:3] in ("bis", "ter") and len(folded) > 4 else ""
    if suffix:
        yield Token(suffix, suffix, is_number=False, glued=True)
        yield from _words(typed[3:], vocabulary, after_number=False)
        return
    parts = _parted(folded, vocabulary, after_number=after_number) if len(folded) == len(typed) else None
    if parts is None:
        yield Token(typed, folded, is_number=False, guess=_guess(folded))
        return
    start = 0
    for part in parts:
        yield Token(typed[start : start + len(part)], part, is_number=False, glued=start > 0)
        start += len(part)


def _parted(word: str, vocabulary: Set[str], *, after_number: bool) -> list[str] | None:
    """`word` as the fewest known words of two letters or more, None where it is not made of them.

    Behind a number the first may be a single letter: the suffix of the number.
    """
    best: list[list[str] | None] = [[]] + [None] * len(word)
    for end in range(1, len(word) + 1):
        shortest = 1 if after_number and end == 1 else 2
        for start in range(max(0, end - _LONGEST_SYLLABLE), end - shortest + 1):
            before, part = best[start], word[start:end]
            known = part in vocabulary or (end == 1 and after_number)
            if before is not None and known and (best[end] is None or len(before) + 1 < len(best[end] or [])):
                best[end] = [*before, part]
    return best[-1]


def _guess(word: str) -> str:
    if len(word) < 3:
        return ""
    found = process.extractOne(word, _GUESSED, scorer=OSA.distance, score_cutoff=2 if len(word) > 5 else 1)
    return str(found[0]) if found else ""
