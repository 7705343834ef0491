"""Legacy Vietnamese text is recognised and decoded; Unicode is never touched."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from etl.decode import TCVN3, VNI, encoding, from_tcvn3, from_vni, unicode_text

TO_TCVN3 = {letter: byte for byte, letter in TCVN3.items()}
TO_VNI = {letter: token for token, letter in VNI.items()}
NAMES = [
    "Đà Lạt",
    "Xuân Thọ",
    "Trạm Hành",
    "phường Xuân Hương",
    "Nguyễn Thị Ngọc",
    "đất trồng cây lâu năm",
    "quốc lộ hai mươi",
]


def as_tcvn3(text: str) -> str:
    return "".join(TO_TCVN3.get(letter, letter) for letter in text)


def as_vni(text: str) -> str:
    return "".join(
        TO_VNI[letter] if letter in TO_VNI else TO_VNI.get(letter.lower(), letter).upper() for letter in text
    )


def test_a_tcvn3_column_is_recognised_and_decoded() -> None:
    column = [as_tcvn3(name) for name in NAMES]
    assert encoding(column) == "tcvn3"
    assert [from_tcvn3(text) for text in column] == NAMES


def test_a_vni_column_is_recognised_and_decoded() -> None:
    column = ["Ñaø Laït", "Xuaân Thoï", "phöôøng Xuaân Höông", "Nguyeãn Thò Ngoïc"]
    assert encoding(column) == "vni"
    assert [from_vni(text) for text in column] == ["Đà Lạt", "Xuân Thọ", "phường Xuân Hương", "Nguyễn Thị Ngọc"]


@pytest.mark.parametrize(
    "column", [NAMES, ["Thành", "Hà", "Lát"], ["Café", "Résidence"], ["ASCII only"], [], ["hoá", "Trà"]]
)
def test_a_column_in_unicode_stays_as_it_is(column: list[str]) -> None:
    assert encoding(column) == "unicode"
    assert [unicode_text(text, "unicode") for text in column] == column


@given(st.text(alphabet=sorted(set("".join(NAMES)) - {" "}), min_size=1))
def test_every_unicode_text_with_vietnamese_letters_is_left_alone(text: str) -> None:
    assert encoding([text + "ạ"]) == "unicode"


@given(st.text(alphabet=sorted(letter for letter in TO_TCVN3 if letter.islower()) + list("bcdghklmnpqrstvxy ")))
def test_small_letters_survive_tcvn3_and_back(text: str) -> None:
    assert from_tcvn3(as_tcvn3(text)) == text


@given(st.text())
def test_text_leaves_as_nfc_without_control_characters(text: str) -> None:
    clean = unicode_text(text, "unicode")
    assert unicodedata.is_normalized("NFC", clean)
    assert not any(unicodedata.category(letter) == "Cc" for letter in clean if letter not in "\n\t")


def test_a_capital_font_gives_capital_letters() -> None:
    assert from_tcvn3("THµNH PHè") == "THÀNH PHỐ"
