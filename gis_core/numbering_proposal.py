"""The number that a new house gets by the rules, with the reasons in words: side, order between neighbours, letter."""

from collections.abc import Sequence
from dataclasses import dataclass
from string import ascii_uppercase

from gis_core.addresses.house_number import written
from gis_core.errors import Conflict
from gis_core.layer import Text
from gis_core.numbering import AXIS_M, Plate, left_parity, numbered_way, parity_at


@dataclass(frozen=True, slots=True)
class Proposal:
    """The last level of a number, the plates before and after it on its side, and why. `parity` 1: odd."""

    house: str
    parity: int
    before: Plate | None
    after: Plate | None
    reasons: tuple[Text, ...]


def propose(place: Plate, legal_way: int, run: Sequence[Plate]) -> Proposal:
    """The number for `place` among the plates of its street or alley, in `run`. Raises `Conflict` where none is left.

    `legal_way` is how the circular numbers the line; it counts where the plates in use do not tell.
    """
    numbered = [one for one in run if one.number]
    on_line = [one for one in numbered if one.line is not None and one.line == place.line]
    told = numbered_way(on_line)
    way = told or legal_way
    left = left_parity(on_line, way)
    parity = parity_at(place.offset, way, left)
    side = sorted((one for one in on_line if one.number % 2 == parity), key=lambda one: (way * one.position, one.rank))
    ahead = way * place.position
    before = next((one for one in reversed(side) if way * one.position <= ahead), None)
    after = next((one for one in side if way * one.position > ahead), None)
    taken = {(number, one.suffix) for one in numbered for number in range(one.number, one.last + 1, 2)}
    house, why = _house(place, before, after, taken, parity)
    reasons = [_of_direction(told), _of_side(parity, left), _of_order(before, after), why]
    if abs(place.offset) <= AXIS_M:
        reasons.append(_ON_AXIS)
    if after and house[-1].isalpha() and (before is None or before.number >= after.number):
        reasons.append(_OUT_OF_ORDER)
    return Proposal(house, parity, before, after, tuple(reasons))


def _house(
    place: Plate, before: Plate | None, after: Plate | None, taken: set[tuple[int, str]], parity: int
) -> tuple[str, Text]:
    """The number, and why it is this one."""
    low = before.last if before else -parity
    high = after.number if after else None
    if high is None:
        free = next(number for number in range(low + 2, low + 2 * len(taken) + 4, 2) if (number, "") not in taken)
        return str(free), Text(f"{free} là số tiếp theo còn trống.", f"{free} is the next number that is free.")
    between = [number for number in range(low + 2, high, 2) if (number, "") not in taken]
    if between:
        chosen = between[_nearest(place, before, after, len(between))]
        return str(chosen), Text(
            f"{chosen} là số còn trống hợp với vị trí giữa hai nhà.", f"{chosen} is free and fits the place in between."
        )
    # No number lies below the first house: its own, with a letter, is the nearest there is.
    base = before.last if before else high
    return _with_letter(base, taken)


def _nearest(place: Plate, before: Plate | None, after: Plate | None, choices: int) -> int:
    """Which of the free numbers fits: in proportion to the distance, or next to the only neighbour."""
    if before is None or after is None:
        return choices - 1
    share = abs(place.position - before.position) / (abs(after.position - before.position) or 1)
    return min(int(share * choices), choices - 1)


def _with_letter(base: int, taken: set[tuple[int, str]]) -> tuple[str, Text]:
    for letter in ascii_uppercase:
        if (base, letter.lower()) not in taken:
            return f"{base}{letter}", Text(
                f"Không còn số nguyên trống, nên thêm chữ {letter} sau số {base}.",
                f"No whole number is free, so letter {letter} follows {base}.",
            )
    raise Conflict(
        f"Số {base} đã dùng hết chữ từ A đến Z. · Number {base} has used up the letters A to Z; renumber the street."
    )


def _of_direction(told: int) -> Text:
    if told:
        return Text("Chiều đánh số theo các số hiện có.", "The direction follows the numbers in use.")
    return Text(
        "Chưa đủ số hiện có: chiều đánh số theo hướng Bắc–Nam, Đông–Tây (TT 08/2024/TT-BXD).",
        "Too few numbers in use: the direction is north to south, east to west (TT 08/2024/TT-BXD).",
    )


def _of_side(parity: int, left: int) -> Text:
    vietnamese, english = ("lẻ", "odd") if parity else ("chẵn", "even")
    side_vi, side_en = ("trái", "left") if parity == left else ("phải", "right")
    return Text(f"Bên {side_vi} của tuyến: số {vietnamese}.", f"The {side_en} side of the run: {english} numbers.")


def _of_order(before: Plate | None, after: Plate | None) -> Text:
    if before and after:
        one, other = written(before.text), written(after.text)
        return Text(f"Nằm giữa số {one} và số {other}.", f"It stands between {one} and {other}.")
    if before:
        return Text(f"Nằm sau số {written(before.text)}.", f"It stands after {written(before.text)}.")
    if after:
        return Text(f"Nằm trước số {written(after.text)}.", f"It stands before {written(after.text)}.")
    return Text("Bên này chưa có số nhà nào.", "No house on this side has a number yet.")


_ON_AXIS = Text(
    "Điểm nằm ngay trên tim đường: hãy kiểm tra bên trái hay bên phải.",
    "The point lies on the centre line: check which side it is on.",
)
_OUT_OF_ORDER = Text(
    "Ở đây không còn số nào giữ đúng thứ tự: nên đánh lại số các nhà liền kề.",
    "No number keeps the order here: renumbering the neighbours should be considered.",
)
