"""Queries that no house answers: absent numbers, several meanings, other cities, nonsense."""

import re
from collections.abc import Callable, Iterator
from random import Random

from tests.addresses import phrases
from tests.addresses.facts import Facts, House, Query, house_query, sample, spread
from tests.addresses.spelling import fold, initials, misspelt, without_marks

Change = Callable[[House, Random], str]


def _numeral(house: House) -> int:
    found = re.search(r"\d+", house.plate)
    assert found is not None
    return int(found[0])


def _joined(house: House, plate: str) -> str:
    return f"{house.path}/{plate}" if house.path else plate


_CHANGES: tuple[tuple[str, Change], ...] = (
    ("beyond the last", lambda house, rng: _joined(house, str(_numeral(house) + rng.randint(300, 900)))),
    ("near it", lambda house, rng: _joined(house, str(_numeral(house) + rng.randint(1, 12)))),
    ("no such letter", lambda house, rng: _joined(house, f"{_numeral(house)}{rng.choice('CDEFGHK')}")),
    ("no Bis", lambda house, rng: _joined(house, f"{_numeral(house)}Bis")),
    ("no such house in the alley", lambda house, rng: f"{house.number}/{rng.randint(1, 99)}"),
    ("no such alley", lambda house, rng: f"{_numeral(house) + rng.randint(200, 500)}/{house.number}"),
    ("absurd", lambda house, rng: f"{house.number}/999"),
    ("levels exchanged", lambda house, rng: "/".join(reversed(house.number.split("/")))),
    ("level left out", lambda house, rng: "/".join(house.number.split("/")[::2])),
    ("alley house as street house", lambda house, rng: house.plate),
    ("digits exchanged", lambda house, rng: _joined(house, str(_numeral(house))[::-1])),
    ("a digit more", lambda house, rng: f"{house.number.rstrip('ABCDis')}{rng.randint(0, 9)}"),
)


def absent(facts: Facts, rng: Random) -> Iterator[Query]:
    """Numbers that the street does not have, in every way to write them."""
    ranges = {key for key, number in facts.numbers if "-" in number}
    houses = [house for house in facts.sure if "-" not in house.number]
    for comment, change in _CHANGES:
        made = 0
        for house in spread(rng, houses, 400):
            number = change(house, rng)
            if made < 34 and _is_absent(facts, house, number, ranges):
                made += 1
                yield _absent_query(_written(house, number, facts, rng), house.street, comment)


def _is_absent(facts: Facts, house: House, number: str, ranges: set[str]) -> bool:
    street = fold(house.street)
    # In a street with ranges 23 may be meant by 22-24.
    return (
        (street, number) not in facts.numbers
        and (street, number) not in facts.former
        and not (street in ranges and "/" not in number)
        and number.count("/") < 5
        # Leading zeros count for nothing.
        and not any(part.startswith("0") for part in number.split("/"))
    )


def _absent_query(text: str, street: str, comment: str) -> Query:
    return Query(text, "absent", "not_house", "street", expected_street=street, comment=comment)


def _written(house: House, number: str, facts: Facts, rng: Random) -> str:
    street = phrases.street_word(house, rng)
    if rng.random() < 0.15 and not re.search(r"\d|KQH", house.street) and len(house.street) > 7:
        street = misspelt(house.street, 1, facts.others(house.street), rng) or house.street
    path, slash, plate = number.rpartition("/")
    if slash and rng.random() < 0.15:
        number = f"{plate} hẻm {path}"
    word = rng.choice(["", "", "số ", "Số nhà "])
    text = f"{word}{number} {street}{phrases.any_ward(house, rng)}{rng.choice(phrases.CITY)}"
    return without_marks(text).lower() if rng.random() < 0.3 else text


def other_ward(facts: Facts, rng: Random) -> Iterator[Query]:
    """A number that the street has in another ward of the same street name, not in the one asked."""
    twins = [house for house in facts.houses if house.street in facts.twins]
    wards = {(house.street, house.ward): house for house in twins}
    lonely = [house for house in twins if len(facts.numbers[fold(house.street), house.number]) == 1]
    for house in spread(rng, [house for house in lonely if "-" not in house.number], 60) if lonely else ():
        other = next(
            (one for (street, ward), one in wards.items() if street == house.street and ward != house.ward), None
        )
        if other is None or any(fold(house.street) == street for street, _ in facts.former):
            continue
        ward = rng.choice([phrases.old_ward, phrases.new_ward])(other, rng)
        yield _absent_query(f"{house.number} {house.street}, {ward}", house.street, "only in the other ward")


def ambiguous(facts: Facts, rng: Random) -> Iterator[Query]:
    """Queries of several meanings: each of them must be listed, and none is the answer."""
    yield from _same_address(facts, rng)
    yield from _same_initials(facts, rng)
    for street in facts.streets:
        if re.fullmatch(r"\d+ Tháng \d+", street):
            for form in ("{}", "{}, Đà Lạt"):
                text = form.format(street.replace(" Tháng ", "/"))
                yield Query(text, "ambiguous", "not_house", "street", expected_street=street, comment="a number too")
    yield from _same_sheet(facts, rng)


def _same_address(facts: Facts, rng: Random) -> Iterator[Query]:
    several = [houses for houses in facts.numbers.values() if len(houses) > 1]
    for houses in sample(rng, several, 110):
        house = rng.choice(houses)
        text = f"{phrases.number_word(house, rng)} {house.street}{rng.choice(phrases.CITY)}"
        apart = len({one.street for one in houses}) > 1
        text = without_marks(text) if apart or rng.random() < 0.4 else text
        yield house_query(text, "ambiguous", house, limit=5, answer="listed")


def _same_initials(facts: Facts, rng: Random) -> Iterator[Query]:
    groups: dict[tuple[str, str], list[House]] = {}
    for house in facts.sure:
        if house.street.count(" ") >= 2 and not re.search(r"\d|KQH", house.street):
            groups.setdefault((fold(initials(house.street)), house.number), []).append(house)
    several = [houses for houses in groups.values() if 2 <= len(houses) <= 4]
    for houses in sample(rng, several, 30):
        house = rng.choice(houses)
        short = without_marks(initials(house.street))
        yield house_query(f"{house.number} {short}", "ambiguous", house, limit=5, answer="listed")


def _same_sheet(facts: Facts, rng: Random) -> Iterator[Query]:
    """A new ward has a sheet 1 of each of its parts."""
    rows = facts.frame("land_parcels")
    if rows is None:
        return
    rows = rows[rows["valid_to"].isna()]
    size = rows.groupby(["ward_code", "map_sheet_no", "parcel_no"])["ward_code"].transform("size")
    for row in sample(rng, list(rows[(size > 1) & (size <= 5)].itertuples()), 40):
        ward = phrases.new_ward(House("", "", row.ward_code, row.ward_code_survey, ""), rng)
        name = f"{row.ward_code_survey}/{row.map_sheet_no}/{row.parcel_no}"
        text = f"thửa {row.parcel_no} tờ {row.map_sheet_no}, {ward}"
        yield Query(text, "ambiguous", "listed", "parcel", expected_name=name, limit=5, comment="two sheets")


_ELSEWHERE = (
    "Quận 1, TP. Hồ Chí Minh", "Hà Nội", "quận Ba Đình, Hà Nội", "Bảo Lộc, Lâm Đồng", "Nha Trang, Khánh Hòa", "Huế",
    "Đức Trọng, Lâm Đồng", "TP. Phan Thiết, Bình Thuận", "Cần Thơ", "Quận Bình Thạnh, TPHCM", "TP Đà Nẵng",
    "Di Linh, Lâm Đồng",
)  # fmt: skip
_NONSENSE = (
    "asdf qwer zxcv", "xin chào các bạn", "?????", "12", "12/3", "số 5", "123456789", "lorem ipsum dolor", "đường",
    "phường",
    "😀😀😀", "12 Đường Không Có Thật", "99 Phố Tưởng Tượng", "7 Wall Street, New York", "10 Downing Street", "hẻm",
    "'; drop table house_numbers; --", "' OR 1=1 --", "<script>alert(1)</script>", "12 xyzxyz", "thửa", "tờ bản đồ",
    "nhà tôi ở đâu", "giá đất hôm nay", "45 Đồng Khởi, Quận 1", "1 Catinat, TP.HCM", "Eiffel Tower", "مرحبا بالعالم",
    "北京市",
    "5 qqqqq wwwww eeeee", "0 0", "999999 999999", "số nhà", "12 Champs-Élysées", "tôi muốn tra cứu quy hoạch",
)  # fmt: skip


def nowhere(facts: Facts, rng: Random) -> Iterator[Query]:
    """Addresses of other cities, and what is no address."""
    for house in spread(rng, [one for one in facts.sure if not phrases.has_number(one.street)], 160):
        text = f"{house.number} {phrases.street_word(house, rng)}, {rng.choice(_ELSEWHERE)}"
        yield Query(text, "elsewhere", "nothing", comment="the street is also here")
    for text in _NONSENSE:
        yield Query(text, "nonsense", "nothing")
        yield Query(f"{text} Đà Lạt", "nonsense", "nothing")
        yield Query(f"{text}, Phường 2, Đà Lạt", "nonsense", "nothing")
        yield Query(text.upper(), "nonsense", "nothing")
        yield Query(f"{text} {rng.randint(10_000, 99_999)}", "nonsense", "nothing")


MAKERS = (absent, other_ward, ambiguous, nowhere)
