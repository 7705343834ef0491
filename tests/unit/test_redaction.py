"""What is masked in a citizen's text before everybody may read it, and what stays."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gis_core.redaction import MASKS, masked

SECRETS = {
    "phone": [
        "0903123456", "0903 123 456", "0903.123.456", "0903-123-456", "(0263) 3822 123", "+84 903 123 456",
        "84903123456", "(+84) 903.123.456", "090 3 12 34 56", "0 9 0 3 1 2 3 4 5 6", "O9O3123456", "1900 1234",
        "０９０３１２３４５６", "0903\u200b123456", "0903\xa0123\xa0456", "0263.3822123",
        "không chín không ba một hai ba bốn năm sáu",
    ],
    "email": [
        "an.nguyen@gmail.com", "An_Nguyen+1@mail.dalat.gov.vn", "an @ gmail . com", "an(at)gmail(dot)com",
        "an a còng gmail chấm com",
    ],
    "number": ["068099001234", "068 099 001 234", "250123456", "0100047516", "0100047516-001", "C1234567"],
    "plate": [
        "49A-123.45", "49A 12345", "49a-12345", "49B1-123.45", "49-B1 123.45", "49AB-123.45", "51F-1234", "49H12345",
        "TM 12-34", "80-123-NG-45",
    ],
}  # fmt: skip
HARMLESS = [
    "ngày 22/11/2026", "lúc 08:30 22/11/2026", "22-11-2026", "2026-11-22", "giai đoạn 2021-2026", "1.500.000 đồng",
    "2.500.000.000 VND", "11.940419, 108.458313", "DL-2026-000123", "số 367/4/12 Hai Bà Trưng", "thửa 123 tờ 45",
    "gọi 114", "Quyết định 1207/QĐ-UBND", "QL 20", "cao 5 m, rộng 12,5 m", "QL27C km 12+500", "hẻm 49 nhà 12A",
    "1.250,5 m2",
]  # fmt: skip
EACH = [(kind, secret) for kind, secrets in SECRETS.items() for secret in secrets]


@pytest.mark.parametrize(("kind", "secret"), EACH)
def test_what_may_be_somebodys_is_masked(kind: str, secret: str) -> None:
    found = masked(f"Xin gọi {secret} nhé")
    assert found.text == f"Xin gọi {MASKS[kind]} nhé"
    assert found.counts == {kind: 1}


@pytest.mark.parametrize("text", HARMLESS)
def test_what_says_nothing_of_anybody_stays(text: str) -> None:
    assert masked(f"Đèn hỏng, {text}.").text == f"Đèn hỏng, {text}."


WORDS = st.sampled_from([*["Rác", "đổ", "bừa", "trên", "vỉa", "hè", "trước", "nhà", "từ", "tối", "qua"], *HARMLESS])
PIECES = st.lists(WORDS | st.sampled_from(EACH), max_size=8)
GAPS = st.sampled_from([", ", ". ", " – gọi ", "\n", " và "])


@given(PIECES, GAPS)
def test_every_occurrence_is_masked_wherever_it_stands(pieces: list[str | tuple[str, str]], gap: str) -> None:
    secrets = [piece[1] for piece in pieces if isinstance(piece, tuple)]
    text = gap.join(piece if isinstance(piece, str) else piece[1] for piece in pieces)
    shown = masked(text).text
    for secret in secrets:
        assert secret not in shown
        # Not in part, either: no six of its digits stay together.
        digits = re.sub(r"[^0-9]", "", secret)
        left = re.sub(r"[^0-9\n]", "", re.sub("|".join(map(re.escape, HARMLESS)), "\n", shown))
        assert not any(digits[k : k + 6] in left for k in range(len(digits) - 5))


@given(st.text(max_size=120) | st.text("0123456789oO+-. ()@aA\n", max_size=80))
def test_masking_twice_is_masking_once(text: str) -> None:
    once = masked(text).text
    assert masked(once).text == once
    assert not re.search(r"\d{8}", once) or re.search(r"\d\.\d{5,9}|-\d{6,9}", once)


@settings(max_examples=200)
@given(st.from_regex(r"\A0[235789][0-9]{8}\Z"), st.sampled_from([" ", ".", "-", "", " - ", "\xa0"]), st.data())
def test_a_telephone_number_is_found_however_it_is_grouped(number: str, sign: str, data: st.DataObject) -> None:
    cuts = sorted(data.draw(st.sets(st.integers(1, 9), max_size=4)))
    parts = [number[a:b] for a, b in zip([0, *cuts], [*cuts, 10], strict=True)]
    shown = masked(f"gọi {sign.join(parts)} gấp").text
    assert shown in (f"gọi {MASKS['phone']} gấp", f"gọi {MASKS['number']} gấp", f"gọi {MASKS['plate']} gấp")


def test_words_that_only_sound_like_digits_stay() -> None:
    assert masked("Năm nay không ai sửa, ba năm rồi").text == "Năm nay không ai sửa, ba năm rồi"
