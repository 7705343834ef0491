"""Telex and VNI keystrokes left in a text because no Vietnamese keyboard was on: `Phuowngf`, `D9a2 La5t`.

Not reversible in general (`mas` may be a word): the caller decodes only what is no known word and takes the result
only if that is one.
"""

import re
import unicodedata

_TELEX_TONES = {"f": "\u0300", "s": "\u0301", "x": "\u0303", "r": "\u0309", "j": "\u0323", "z": ""}
_VNI_TONES = {"1": "\u0301", "2": "\u0300", "3": "\u0309", "4": "\u0303", "5": "\u0323"}
_CIRCUMFLEX, _BREVE, _HORN = "\u0302", "\u0306", "\u031b"
_VOWELS = "aeiouy"
_TELEX = re.compile("[a-z]*[aeiouyw][a-z]*")
_VNI = re.compile("[a-z]+[0-9][a-z0-9]*")


def decoded(word: str) -> str | None:
    """The Vietnamese word that the lower-case ASCII `word` spells in Telex or VNI; None where it spells none."""
    if _VNI.fullmatch(word):
        return _composed(_vni(word))
    return _composed(_telex(word)) if _TELEX.fullmatch(word) else None


class _Word:
    """Letters with their marks; the tone is kept apart until the word is complete."""

    def __init__(self) -> None:
        self.letters: list[str] = []
        self.tone = ""
        self.changed = False

    def mark(self, bases: str, mark: str) -> bool:
        """Whether a letter of `bases` was found, from the end, and given `mark`."""
        for place in reversed(range(len(self.letters))):
            if self.letters[place] in tuple(bases):
                self.letters[place] += mark
                self.changed = True
                return True
        return False

    def horn(self) -> bool:
        """Whether the last `uo`, `u` or `o` was given its horn."""
        for place in reversed(range(len(self.letters) - 1)):
            if self.letters[place] == "u" and self.letters[place + 1] in ("o", "o" + _HORN):
                self.letters[place : place + 2] = ["u" + _HORN, "o" + _HORN]
                self.changed = True
                return True
        return self.mark("uo", _HORN)

    def has_vowel(self) -> bool:
        """Whether any letter so far is a vowel."""
        return any(one[0] in _VOWELS for one in self.letters)


def _telex(word: str) -> _Word:
    made = _Word()
    for letter in word:
        if not _telex_key(made, letter):
            made.letters.append(letter)
    return made


def _telex_key(made: _Word, letter: str) -> bool:
    """Whether `letter` was a keystroke that changes what is there."""
    if letter in _TELEX_TONES and made.has_vowel() and not made.tone:
        made.tone, made.changed = _TELEX_TONES[letter], True
        return True
    if letter in "aeo" and letter in made.letters:
        return made.mark(letter, _CIRCUMFLEX)
    if letter == "d" and made.letters and made.letters[0] == "d":
        made.letters[0], made.changed = "đ", True
        return True
    if letter == "w":
        if made.letters[-1:] == ["a"]:
            return made.mark("a", _BREVE)
        return made.horn() or made.mark("a", _BREVE) or _alone(made)
    return False


def _alone(made: _Word) -> bool:
    made.letters.append("u" + _HORN)
    made.changed = True
    return True


def _vni(word: str) -> _Word | None:
    made = _Word()
    for letter in word:
        if letter.isalpha():
            made.letters.append(letter)
        elif letter in _VNI_TONES and not made.tone and made.has_vowel():
            made.tone, made.changed = _VNI_TONES[letter], True
        elif not _vni_mark(made, letter):
            return None
    return made


def _vni_mark(made: _Word, digit: str) -> bool:
    if digit == "9" and made.letters[0] == "d":
        made.letters[0], made.changed = "đ", True
        return True
    if digit == "7":
        return made.horn()
    bases = {"6": ("aeo", _CIRCUMFLEX), "8": ("a", _BREVE)}.get(digit)
    return bases is not None and made.mark(*bases)


def _composed(made: _Word | None) -> str | None:
    if made is None or not made.changed:
        return None
    letters = list(made.letters)
    if made.tone:
        letters[_tone_place(letters)] += made.tone
    return unicodedata.normalize("NFC", "".join(letters))


def _tone_place(letters: list[str]) -> int:
    """Where the tone stands: on a marked vowel, else on the last but one of open syllables, else on the last."""
    vowels = [place for place, one in enumerate(letters) if one[0] in _VOWELS]
    if len(vowels) > 1 and letters[0] in ("q", "g") and letters[1] in ("u", "i") and vowels[0] == 1:
        vowels = vowels[1:]
    marked = [place for place in vowels if len(letters[place]) > 1]
    if marked:
        return marked[-1]
    closed = vowels[-1] < len(letters) - 1
    return vowels[-1] if closed or len(vowels) == 1 else vowels[-2]
