"""How people write Vietnamese on keyboards: without marks, with wrong ones, as Telex or VNI keystrokes, with slips."""

import re
import unicodedata
from random import Random

_TONES = {"\u0300": ("f", "2"), "\u0301": ("s", "1"), "\u0309": ("r", "3"), "\u0303": ("x", "4"), "\u0323": ("j", "5")}
"""Combining tone mark → its key in Telex and in VNI."""
_VOWELS = {
    "ă": ("aw", "a8"), "â": ("aa", "a6"), "ê": ("ee", "e6"), "ô": ("oo", "o6"), "ơ": ("ow", "o7"), "ư": ("uw", "u7"),
    "đ": ("dd", "d9"),
}  # fmt: skip
TELEX, VNI = 0, 1
_LETTERS = "abcdefghiklmnopqrstuvxy"


def fold(text: str) -> str:
    """`text` in lower case without any mark, đ as d."""
    bare = unicodedata.normalize("NFD", text.lower().replace("đ", "d"))
    return "".join(letter for letter in bare if not unicodedata.combining(letter))


def without_marks(text: str) -> str:
    """`text` without any mark, in its own case."""
    bare = unicodedata.normalize("NFD", text.replace("đ", "d").replace("Đ", "D"))
    return "".join(letter for letter in bare if not unicodedata.combining(letter))


def _toneless(word: str) -> tuple[list[str], str, int]:
    """The letters of `word` without its tone, the tone mark ('' for the level tone) and the letter that carries it."""
    letters: list[str] = []
    tone, carrier = "", -1
    for letter in unicodedata.normalize("NFC", word):
        marks = unicodedata.normalize("NFD", letter)
        found = next((mark for mark in marks if mark in _TONES), "")
        if found:
            tone, carrier = found, len(letters)
        letters.append(unicodedata.normalize("NFC", marks.replace(found, "") if found else marks))
    return letters, tone, carrier


def keystrokes(word: str, method: int, at_end: bool) -> str:
    """`word` as it stays when the input method is off; the tone key comes after its vowel or `at_end` of the word."""
    letters, tone, carrier = _toneless(word)
    typed = [_keys(letter, method) for letter in letters]
    if tone:
        typed[-1 if at_end else carrier] += _TONES[tone][method]
    return "".join(typed)


def _keys(letter: str, method: int) -> str:
    keys = _VOWELS.get(letter.lower())
    if keys is None:
        return letter
    return keys[method].capitalize() if letter.isupper() else keys[method]


def phrase_keystrokes(phrase: str, method: int, rng: Random, share: float) -> str:
    """`phrase` with some of its accented words, one at least, left as keystrokes."""
    words = phrase.split(" ")
    marked = [number for number, word in enumerate(words) if word != without_marks(word)]
    chosen = {number for number in marked if rng.random() < share} or {rng.choice(marked)}
    at_end = rng.random() < 0.6
    return " ".join(keystrokes(word, method, at_end) if k in chosen else word for k, word in enumerate(words))


def other_tone(word: str, rng: Random) -> str:
    """`word` with another tone on the same vowel, or on its last vowel where it had none."""
    letters, tone, carrier = _toneless(word)
    if carrier < 0:
        vowels = [k for k, letter in enumerate(letters) if fold(letter) in "aeiouy"]
        if not vowels:
            return word
        carrier = vowels[-1]
    letters[carrier] += rng.choice([mark for mark in _TONES if mark != tone])
    return unicodedata.normalize("NFC", "".join(letters))


_MOVED = (("òa", "oà"), ("óa", "oá"), ("ỏa", "oả"), ("õa", "oã"), ("ọa", "oạ"), ("òe", "oè"), ("óe", "oé"),
          ("ùy", "uỳ"), ("úy", "uý"), ("ủy", "uỷ"), ("ũy", "uỹ"), ("ụy", "uỵ"))  # fmt: skip


def moved_tone(text: str) -> str:
    """`text` with the tone of oa, oe, uy on the other letter (hòa, hoà)."""
    for old, new in _MOVED:
        text = text.replace(old, new) if old in text else text.replace(new, old)
    return text


def some_marks_lost(text: str, rng: Random) -> str:
    """`text` with one accented word or more without marks."""
    words = text.split(" ")
    marked = [number for number, word in enumerate(words) if word != without_marks(word)]
    lost = set(rng.sample(marked, rng.randint(1, len(marked)))) if marked else set()
    return " ".join(without_marks(word) if number in lost else word for number, word in enumerate(words))


def initials(street: str) -> str:
    """The first letters of a street's words; numbers stay whole (Cách Mạng Tháng 8 → CMT8)."""
    return "".join(word if word.isdigit() else word[0] for word in street.split(" "))


def slip(text: str, rng: Random) -> str:
    """`text` with one letter inserted, left out, replaced, or two neighbours of one word exchanged."""
    places = [match.start() for match in re.finditer(r"[^\W\d]", text)]
    at = rng.choice(places)
    kind = rng.choice("idrt")
    if kind == "i":
        return text[:at] + rng.choice(_LETTERS) + text[at:]
    if kind == "d":
        return text[:at] + text[at + 1 :]
    if kind == "t" and at + 1 in places:
        return text[:at] + text[at + 1] + text[at] + text[at + 2 :]
    return text[:at] + rng.choice(_LETTERS) + text[at + 1 :]


def edits_between(a: str, b: str) -> int:
    """Insertions, deletions, replacements and exchanges of neighbours from `a` to `b` (optimal string alignment)."""
    before: list[int] = []
    row = list(range(len(b) + 1))
    for i, one in enumerate(a, start=1):
        oldest, before, row = before, row, [i]
        for j, other in enumerate(b, start=1):
            best = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (one != other))
            if i > 1 and j > 1 and one == b[j - 2] and a[i - 2] == other:
                best = min(best, oldest[j - 2] + 1)
            row.append(best)
    return row[-1]


def misspelt(street: str, edits: int, others: set[str], rng: Random) -> str | None:
    """`street` with exactly `edits` slips, nearer to it than to any of `others` (folded); None where none was found."""
    own = fold(street)
    for _ in range(30):
        text = street
        for _ in range(edits):
            text = slip(text, rng)
        typed = fold(text)
        if edits_between(typed, own) != edits or not re.fullmatch(r"\S+( \S+)*", text):
            continue
        near = (other for other in others if abs(len(other) - len(typed)) <= edits)
        if all(edits_between(typed, other) > edits for other in near):
            return text
    return None
