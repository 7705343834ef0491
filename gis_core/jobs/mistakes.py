"""What is wrong with the inputs of a job, in the two languages of the platform."""

from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import ValidationError

LONGEST = 200
"""Letters of a name or a message that are repeated to the sender."""

_WORDS: Mapping[str, str] = {
    "missing": "thiếu",
    "extra_forbidden": "đầu vào không có ở đây",
    "int_type": "phải là số nguyên",
    "int_parsing": "phải là số nguyên",
    "int_from_float": "phải là số nguyên",
    "float_type": "phải là số",
    "float_parsing": "phải là số",
    "finite_number": "phải là số hữu hạn",
    "bool_type": "phải là true hoặc false",
    "bool_parsing": "phải là true hoặc false",
    "string_type": "phải là chuỗi ký tự",
    "string_too_long": "quá {max_length} ký tự",
    "string_too_short": "cần ít nhất {min_length} ký tự",
    "string_pattern_mismatch": "không đúng mẫu {pattern}",
    "list_type": "phải là danh sách",
    "tuple_type": "phải là danh sách",
    "too_long": "quá {max_length} phần tử",
    "too_short": "cần ít nhất {min_length} phần tử",
    "dict_type": "phải là đối tượng JSON",
    "model_type": "phải là đối tượng JSON",
    "model_attributes_type": "phải là đối tượng JSON",
    "greater_than": "phải lớn hơn {gt}",
    "greater_than_equal": "phải từ {ge} trở lên",
    "less_than": "phải nhỏ hơn {lt}",
    "less_than_equal": "phải không quá {le}",
    "literal_error": "phải là một trong: {expected}",
    "enum": "phải là một trong: {expected}",
    "date_type": "phải là ngày, như 2026-01-31",
    "date_parsing": "phải là ngày, như 2026-01-31",
    "date_from_datetime_parsing": "phải là ngày, như 2026-01-31",
    "date_from_datetime_inexact": "phải là ngày, như 2026-01-31",
    "datetime_type": "phải là thời điểm RFC 3339",
    "datetime_parsing": "phải là thời điểm RFC 3339",
    "datetime_from_date_parsing": "phải là thời điểm RFC 3339",
}


def mistakes(error: ValidationError) -> Iterator[tuple[str, str]]:
    """A JSON pointer into the inputs and a sentence for each mistake, Vietnamese first."""
    # Without the inputs themselves: they may be long, or personal.
    for one in error.errors(include_url=False, include_input=False):
        pointer = "".join(f"/{part}" for part in one["loc"])[:LONGEST]
        yield pointer, _sentence(one["type"], one["msg"], one.get("ctx", {}))


def _sentence(kind: str, message: str, context: Mapping[str, Any]) -> str:
    if kind in ("value_error", "assertion_error"):  # words of our own, in both languages
        return message.partition(", ")[2][:LONGEST] or message[:LONGEST]
    words = _WORDS.get(kind, "giá trị không hợp lệ")
    told = {name: value for name, value in context.items() if name != "error"}
    try:
        words = words.format_map(told)
    except KeyError:
        words = "giá trị không hợp lệ"
    return f"{words} · {message}"[: 2 * LONGEST]
