"""Queries that mean one house, as addresses are written, abbreviated and ordered."""

import re
import unicodedata
from collections.abc import Iterator
from random import Random

from tests.addresses import phrases
from tests.addresses.facts import Facts, House, Query, house_query, sample, spread
from tests.addresses.spelling import fold, without_marks

_ONES = ("", "Một", "Hai", "Ba", "Bốn", "Năm", "Sáu", "Bảy", "Tám", "Chín")


def plain(facts: Facts, rng: Random) -> Iterator[Query]:
    """Numbers without an alley."""
    houses = [house for house in facts.sure if house.number.isdigit()]
    for house in spread(rng, houses, 200):
        yield house_query(phrases.plain_address(house, rng), "plain", house)


def alley_numbers(facts: Facts, rng: Random) -> Iterator[Query]:
    """Numbers of two to five levels, as many of each."""
    for slashes in (1, 2, 3, 4):
        houses = [house for house in facts.sure if house.number.count("/") == slashes]
        for house in spread(rng, houses, 52) if houses else ():
            text = phrases.plain_address(house, rng)
            if rng.random() < 0.12:
                text = text.replace(house.number, house.number.replace("/", " / "))
            yield house_query(text, "slash", house)


def letters(facts: Facts, rng: Random) -> Iterator[Query]:
    """Letters, Bis and ranges, spaced, in lower case, and with leading zeros."""
    with_letters = [house for house in facts.sure if re.search(r"\d[A-Z]", house.number) and "-" not in house.number]
    ranges = [house for house in facts.sure if "-" in house.number]
    zeros = [house for house in facts.sure if re.fullmatch(r"\d", house.number)]
    for house in spread(rng, with_letters, 110):
        number = rng.choice([str, str.lower, str.upper, _spaced])(house.number)
        yield _renumbered(house, number, "letters", rng)
    for house in spread(rng, ranges, 40):
        number = house.number.replace("-", rng.choice(["-", " - ", "–", "-"]))
        yield _renumbered(house, number, "letters", rng)
    for house in spread(rng, zeros, 30):
        yield _renumbered(house, f"0{house.number}", "letters", rng)


def _spaced(number: str) -> str:
    # Not 12 D Trần Phú, which is also 12 Đ. Trần Phú without marks.
    return re.sub(r"(\d)([A-CE-Z])", r"\1 \2", number)


def _renumbered(house: House, number: str, category: str, rng: Random) -> Query:
    street = phrases.street_word(house, rng)
    if number != number.strip() or " " in number:
        street = house.street
    return house_query(f"{number} {street}{phrases.any_ward(house, rng)}{rng.choice(phrases.CITY)}", category, house)


def wards(facts: Facts, rng: Random) -> Iterator[Query]:
    """The same address without a ward, with the old, the new, and both."""
    apart = [house for house in facts.houses if house.street not in facts.look_alikes | facts.twins]
    twins = [house for house in facts.houses if house.street in facts.twins]
    for house in spread(rng, facts.sure, 200):
        yield house_query(
            f"{phrases.number_word(house, rng)} {house.street}{rng.choice(phrases.CITY)}", "no_ward", house
        )
    for category, ward in (
        ("old_ward", phrases.old_ward), ("new_ward", phrases.new_ward), ("both_wards", phrases.both_wards),
    ):  # fmt: skip
        # Also streets that only the ward tells apart.
        for house in [*spread(rng, apart, 150), *spread(rng, twins, 40)]:
            if (fold(house.street), house.number) in facts.former:
                continue
            text = f"{phrases.number_word(house, rng)} {phrases.street_word(house, rng)}, {ward(house, rng)}"
            yield house_query(text + rng.choice(phrases.CITY), category, house)


def city_tails(facts: Facts, rng: Random) -> Iterator[Query]:
    """With 'thành phố Đà Lạt', which is no unit any more, and the province."""
    for house, tail in zip(spread(rng, facts.sure, 160), sample(rng, list(phrases.CITY_TAILS), 160), strict=True):
        text = (
            f"{phrases.number_word(house, rng)} {phrases.street_word(house, rng)}{phrases.any_ward(house, rng)}{tail}"
        )
        yield house_query(text, "city_tail", house)


def abbreviations(facts: Facts, rng: Random) -> Iterator[Query]:
    """Đ., P., P.1, TP. ĐL, KQH, QL, Ng., TDP."""
    for house in spread(rng, facts.sure, 200):
        street = _short_street(house.street, rng)
        ward = "" if rng.random() < 0.2 else ", " + _short_ward(house, rng)
        group = f", {rng.choice(['TDP', 'TDP số', 'Tổ', 'KP'])} {rng.randint(1, 20)}" if rng.random() < 0.15 else ""
        number = rng.choice(["{}", "S. {}", "SN {}", "số {}"]).format(house.number)
        yield house_query(f"{number} {street}{group}{ward}{rng.choice(phrases.SHORT_CITIES)}", "abbreviations", house)


def _short_ward(house: House, rng: Random) -> str:
    return (phrases.short_old_ward if rng.random() < 0.7 else phrases.short_new_ward)(house, rng)


def _short_street(street: str, rng: Random) -> str:
    if street.startswith("Đường số"):
        return rng.choice([street.replace("Đường", "Đ."), street.replace("KQH", "khu quy hoạch"), street])
    if street.startswith("Quốc lộ"):
        return rng.choice(["QL20", "QL 20", "QL.20"])
    street = street.replace("Nguyễn ", "Ng. ") if rng.random() < 0.2 else street
    street = street.replace("Cách Mạng Tháng Tám", "CMT8") if rng.random() < 0.6 else street
    return rng.choice(["Đ. {}", "Đ.{}", "đ. {}", "đg {}", "{}"]).format(street)


def alley_words(facts: Facts, rng: Random) -> Iterator[Query]:
    """hẻm, ngõ, ngách, kiệt in both orders; two words for two levels."""
    houses = [house for house in facts.sure if house.path]
    forms = [
        "số {h} {w} {p} {s}", "{h} {w} {p} {s}", "{w} {p} {s}, số {h}", "{w} {p} đường {s}, số nhà {h}",
        "số nhà {h}, {w} {p}, đường {s}", "{w} {p}, số {h}, {s}", "{s}, {w} {p}, số {h}", "Số {h} {W} {p} {s}",
    ]  # fmt: skip
    for house in spread(rng, houses, 150):
        word = rng.choice(["hẻm", "hẻm", "hẻm", "ngõ", "kiệt", "hem", "ngo", "kiet", "H.", "hẽm"])
        form = rng.choice(forms)
        text = form.format(h=house.plate, w=word, W=word.capitalize(), p=house.path, s=house.street)
        yield house_query(text + phrases.any_ward(house, rng) + rng.choice(phrases.CITY), "alley_words", house)
    two_levels = [house for house in houses if house.path.count("/") == 1]
    for house in spread(rng, two_levels, 50):
        outer, inner = house.path.split("/")
        form = rng.choice(
            ["số {h} ngách {i} ngõ {o} {s}", "ngõ {o} ngách {i} số {h} {s}", "{h} ngách {i}, ngõ {o}, {s}",
             "số {h}, hẻm {i}, hẻm {o}, {s}", "ngõ {o}, ngách {i}, số {h}, đường {s}"]
        )  # fmt: skip
        text = form.format(h=house.plate, i=inner, o=outer, s=house.street)
        yield house_query(text + phrases.any_ward(house, rng), "alley_words", house)


def date_streets(facts: Facts, rng: Random) -> Iterator[Query]:
    """Streets named after a day: 3/2 3/2 is number 3/2 of the street 3 Tháng 2."""
    houses = [house for house in facts.sure if re.match(r"\d+ Tháng \d", house.street)]
    alike = [house for house in houses if house.number == house.street.replace(" Tháng ", "/")]
    for house in [*spread(rng, houses, 150), *sample(rng, alike, 30)]:
        street = rng.choice(list(_date_forms(house.street)))
        number = rng.choice(["{} ", "số {} ", "{} đường ", "{}, đường ", "Số {}, "]).format(house.number)
        text = f"{number}{street}{phrases.any_ward(house, rng)}{rng.choice(phrases.CITY)}"
        if rng.random() < 0.12:
            text = f"đường {street}, số {house.number}"
        yield house_query(text, "date_streets", house)


def _date_forms(street: str) -> Iterator[str]:
    day, _, month = street.partition(" Tháng ")
    yield from (f"{day}/{month}", f"{day}-{month}", f"{day} tháng {month}", f"{day} thang {month}")
    yield from (f"{int(day):02}/{int(month):02}", f"{day}.{month}")
    words = f"{_in_words(int(day))} Tháng {'Tư' if month == '4' else _in_words(int(month))}"
    yield from (words, without_marks(words).lower())


def _in_words(number: int) -> str:
    """A number below 40 as it is read."""
    tens, ones = divmod(number, 10)
    if tens == 0:
        return _ONES[ones]
    ten = "Mười" if tens == 1 else f"{_ONES[tens]} Mươi"
    last = {5: "Lăm", 1: "Một" if tens == 1 else "Mốt"}.get(ones, _ONES[ones])
    return f"{ten} {last}".strip()


def swapped(facts: Facts, rng: Random) -> Iterator[Query]:
    """Ward first, city first, number last."""
    houses = [house for house in facts.sure if not phrases.has_number(house.street)]
    forms = [
        "{s} {n}", "{s} số {n}", "đường {s}, số {n}", "{w}, {s} {n}", "Đà Lạt, {w}, {s} {n}",
        "Lâm Đồng, Đà Lạt, {w}, {s} {n}", "{w}, đường {s}, số {n}", "{w}, {n} {s}", "Đà Lạt, {n} {s}, {w}",
        "TP. Đà Lạt - {w} - {s} - số {n}", "{s}, {w}, số {n}", "{s} {n}, {w}, Đà Lạt", "{w} {s} {n}",
    ]  # fmt: skip
    for house in spread(rng, houses, 180):
        ward = rng.choice([phrases.old_ward, phrases.new_ward, phrases.short_old_ward])(house, rng)
        yield house_query(rng.choice(forms).format(s=house.street, n=house.number, w=ward), "swapped", house)


def glued(facts: Facts, rng: Random) -> Iterator[Query]:
    """Words and numbers without blanks between them."""
    houses = [
        house for house in facts.sure if not phrases.has_number(house.street) and re.fullmatch(r"[\d/]+", house.number)
    ]
    for house in spread(rng, houses, 170):
        joined = house.street.replace(" ", "")
        ward = phrases.short_old_ward(house, rng).replace(" ", "") if not phrases.rural(house) else house.old_name
        form = rng.choice(
            ["{n}{s}", "{n} {j}", "{n}{j}", "{n} {s},{w},ĐàLạt", "{n} {j} {w}", "số{n} {s}", "Số{n}{j}", "{n},{s},{w}",
             "{n} {j}, ĐàLạt", "{j} {n}", "số {n} đường{j}", "{n}{s}{w}"]
        )  # fmt: skip
        if form == "{n}{s}{w}" and not ward.startswith(("P", "F")):
            form = "{n}{s},{w}"
        text = form.format(n=house.number, s=house.street, j=joined, w=ward)
        yield house_query(phrases.bare(text, rng) if rng.random() < 0.3 else text, "glued", house)


def extra_words(facts: Facts, rng: Random) -> Iterator[Query]:
    """An address among other words."""
    forms = [
        "nhà số {a}", "địa chỉ: {a}", "Địa chỉ {a}", "giao hàng tới {a}", "giao đến {a} giúp em",
        "Quán cà phê Sương Mai, {a}",
        "Khách sạn Mimosa - {a}", "nhà trọ {a}", "cho hỏi {a} ở đâu", "Công ty TNHH Thông Xanh, {a}", "ship {a}",
        "{a} (nhà màu xanh)", "nhà bà Lan {a}", "{a}, sđt 0912345678", "tìm nhà {a}", "{a} (số cũ 999)", "đ/c: {a}",
        "Tiệm tạp hoá Ban Mai {a}", "nhà riêng tại {a}", "Homestay Phố Núi, {a}",
    ]  # fmt: skip
    houses = [house for house in facts.sure if not phrases.has_number(house.street)]
    for house, form in zip(spread(rng, houses, 180), sample(rng, forms, 180), strict=True):
        address = f"{house.number} {phrases.street_word(house, rng)}{phrases.any_ward(house, rng)}"
        yield house_query(form.format(a=address), "extra_words", house)


def punctuation(facts: Facts, rng: Random) -> Iterator[Query]:
    """Upper case, odd punctuation, double blanks, other blanks."""
    changes = [
        str.upper, lambda text: text.replace(", ", ",,"), lambda text: text.replace(" ", "  "),
        lambda text: text.replace(", ", " - "), lambda text: f"  {text} . ", lambda text: f'"{text}"',
        lambda text: text.replace(" ", "\u00a0"), lambda text: text.replace(", ", " ; "), lambda text: text + "!!!",
        lambda text: text.replace(", ", " | "), lambda text: text.replace(",", ""), lambda text: f"«{text}»",
        str.swapcase, lambda text: text.replace(" ", "\t", 2), lambda text: text.replace(", ", " / "),
        lambda text: text.upper().replace(", ", ","),
    ]  # fmt: skip
    houses = [house for house in facts.sure if not phrases.has_number(house.street)]
    for house, change in zip(spread(rng, houses, 176), sample(rng, changes, 176), strict=True):
        yield house_query(change(phrases.plain_address(house, rng)), "punctuation", house)


def residential_groups(facts: Facts, rng: Random) -> Iterator[Query]:
    """With tổ, khu phố or thôn."""
    for house in spread(rng, facts.sure, 160):
        kinds = (
            ["thôn {}", "Thôn {}, tổ 2"] if phrases.rural(house) else ["tổ {}", "Tổ {}", "khu phố {}", "tổ dân phố {}"]
        )
        group = rng.choice([*kinds, house.group]).format(rng.randint(1, 15))
        ward = rng.choice([phrases.old_ward, phrases.new_ward, phrases.short_old_ward])(house, rng)
        address = f"{phrases.number_word(house, rng)} {phrases.street_word(house, rng)}"
        form = rng.choice(["{a}, {g}, {w}", "{a} {g} {w}, Đà Lạt", "{g}, {a}, {w}", "{a}, {g}", "{a}, {w}, {g}"])
        yield house_query(form.format(a=address, g=group, w=ward), "residential_group", house)


def decomposed(facts: Facts, rng: Random) -> Iterator[Query]:
    """In Unicode normal form D, as macOS writes file names."""
    for house in spread(rng, facts.sure, 160):
        yield house_query(unicodedata.normalize("NFD", phrases.plain_address(house, rng)), "nfd", house)


def former_numbers(facts: Facts, rng: Random) -> Iterator[Query]:
    """Numbers of before a renumbering; the answer is the house, with the number it has now."""
    for house in sample(rng, facts.renumbered, 160):
        text = f"{phrases.number_word(house, rng)} {phrases.street_word(house, rng)}{rng.choice(phrases.CITY)}"
        text = text.replace(house.number, facts.number_before[house], 1)
        yield house_query(text, "former_number", house)


MAKERS = (
    plain, alley_numbers, letters, wards, city_tails, abbreviations, alley_words, date_streets, swapped, glued,
    extra_words, punctuation, residential_groups, decomposed, former_numbers,
)  # fmt: skip
