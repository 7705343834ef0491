"""Ways to write a ward, a number and the city in an address."""

from random import Random

from etl.demo.wards import OLD_WARDS
from tests.addresses.facts import House
from tests.addresses.spelling import without_marks

CITY = ("", "", ", Đà Lạt", ", TP. Đà Lạt", ", thành phố Đà Lạt", ", Đà Lạt, Lâm Đồng")
CITY_TAILS = (
    ", thành phố Đà Lạt", ", thành phố Đà Lạt, tỉnh Lâm Đồng", ", TP Đà Lạt, Lâm Đồng", ", Tp. Đà Lạt, T. Lâm Đồng",
    ", Đà Lạt, tỉnh Lâm Đồng, Việt Nam", ", TP.Đà Lạt", ", Lâm Đồng", ", tỉnh Lâm Đồng",
    ", Thành Phố Đà Lạt - Lâm Đồng",
)  # fmt: skip
SHORT_CITIES = ("", ", ĐL", ", TP. ĐL", ", TPĐL", ", DL", ", Đà Lạt", ", Đlạt, LĐ", ", TP.ĐL, LĐ")


def old_ward(house: House, rng: Random) -> str:
    """The old ward in full."""
    return rng.choice([house.old_name, house.old_name, house.old_name.lower()])


def short_old_ward(house: House, rng: Random) -> str:
    """The old ward abbreviated: P.2, P2, F.2, X. Tà Nung."""
    kind, _, name = house.old_name.partition(" ")
    if kind == "Phường":
        return rng.choice(["P.{}", "P{}", "P. {}", "p{}", "p.{}", "F.{}", "F{}", "Ph. {}", "Ph.{}"]).format(name)
    return rng.choice(["X. {}", "X.{}", "x. {}"]).format(name)


def new_ward(house: House, rng: Random) -> str:
    """The new ward in full, with or without the city's name in it."""
    name = house.new_name.removeprefix("Phường ").partition(" - ")[0]
    forms = ["Phường {} - Đà Lạt", "phường {}", "Phường {} – Đà Lạt", "phường {}-Đà Lạt", "Phường {} Đà Lạt"]
    return rng.choice(forms).format(name)


def short_new_ward(house: House, rng: Random) -> str:
    """The new ward abbreviated."""
    name = house.new_name.removeprefix("Phường ").partition(" - ")[0]
    return rng.choice(["P. {}", "P.{}", "P {} - ĐL", "p.{} - Đà Lạt"]).format(name)


def both_wards(house: House, rng: Random) -> str:
    """The old and the new ward, said in one way or another."""
    forms = [
        "{old}, {new}", "{new}, {old}", "{new} ({old} cũ)", "{old} (nay là {new})", "{new} (trước đây là {old})",
        "{old} cũ, {new}", "{new}, trước 01/07/2025: {old}", "{old} nay {new}",
    ]  # fmt: skip
    return rng.choice(forms).format(old=house.old_name, new=new_ward(house, rng))


def any_ward(house: House, rng: Random) -> str:
    """Nothing, or ', ' and the ward in one way or another."""
    ways = [old_ward, new_ward, short_old_ward]
    return ", " + rng.choice(ways)(house, rng) if rng.random() < 0.6 else ""


def number_word(house: House, rng: Random) -> str:
    """The number, with or without a word before it."""
    return rng.choice(["{}", "{}", "Số {}", "số {}"]).format(house.number)


def street_word(house: House, rng: Random) -> str:
    """The street, with or without a word before it; names that begin with 'Đường' get none."""
    if house.street.startswith("Đường "):
        return house.street
    return rng.choice(["{}", "{}", "đường {}", "Đường {}"]).format(house.street)


def plain_address(house: House, rng: Random) -> str:
    """Number, street and perhaps ward and city."""
    return f"{number_word(house, rng)} {street_word(house, rng)}{any_ward(house, rng)}{rng.choice(CITY)}"


def bare(text: str, rng: Random) -> str:
    """`text` without marks, mostly in lower case."""
    return without_marks(text).lower() if rng.random() < 0.7 else without_marks(text)


def has_number(street: str) -> bool:
    """Whether the street's name has digits."""
    return any(letter.isdigit() for letter in street)


def rural(house: House) -> bool:
    """Whether the house lies in a former commune."""
    return next(ward.rural for ward in OLD_WARDS if ward.code == house.ward_old)
