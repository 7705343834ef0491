"""From the words of a filter to its JSON form, within limits of length and depth."""

import re
from functools import lru_cache
from typing import Any, Literal

import cql2
import orjson

from gis_core.errors import BadRequest

Language = Literal["cql2-text", "cql2-json"]
MAXIMUM_CHARACTERS = 32_000
MAXIMUM_DEPTH = 64
"""How deeply expressions may be nested: parser and planner recurse."""

_STRING = re.compile(r"'(?:[^'\\]|''|\\.)*'")
_NESTING = re.compile(r"[()\[\]{}]|\bnot\b|(?<![\w\s)])\s*-", re.IGNORECASE)


@lru_cache(maxsize=1024)
def parsed(words: str, language: Language) -> Any:
    """The filter as JSON, shared between callers: not to be changed. Raises `BadRequest` with a mistake's place."""
    if len(words) > MAXIMUM_CHARACTERS:
        raise BadRequest(
            f"filter: dài quá {MAXIMUM_CHARACTERS} ký tự. · filter: longer than {MAXIMUM_CHARACTERS} characters."
        )
    tree = _from_json(words) if language == "cql2-json" else _from_text(words)
    if _depth(tree) > MAXIMUM_DEPTH:
        raise _too_deep()
    return tree


def _from_json(words: str) -> Any:
    try:
        return orjson.loads(words)
    except orjson.JSONDecodeError as error:
        raise BadRequest(
            f"filter: không phải JSON ({error}). · filter: this is not JSON: {error}."
        ) from None  # fmt: skip


def _from_text(words: str) -> Any:
    if _written_depth(words) > 2 * MAXIMUM_DEPTH:
        raise _too_deep()
    try:
        return cql2.parse_text(words).to_json()
    except Exception as error:  # the package raises bare Exception for some geometries
        raise BadRequest(_place(str(error))) from None


def _written_depth(words: str) -> int:
    """An upper bound of how deeply the text is nested: the parser, which recurses, has no limit of its own."""
    depth = deepest = run = 0
    for part in _NESTING.finditer(_STRING.sub("''", words)):
        sign = part.group()
        if sign in "([{":
            depth += 1
        elif sign in ")]}":
            depth, run = depth - 1, 0
        else:
            run += 1
        deepest = max(deepest, depth + run)
    return deepest


def _depth(tree: Any) -> int:
    deepest, level = 0, [tree]
    while level:
        deepest += 1
        level = [below for one in level for below in _below(one)]
    return deepest // 2  # an operation and the list of its arguments


def _below(node: Any) -> list[Any]:
    if isinstance(node, dict) and "coordinates" not in node:
        return list(node.values())
    return node if isinstance(node, list) else []


def _too_deep() -> BadRequest:
    return BadRequest(
        f"filter: lồng sâu quá {MAXIMUM_DEPTH} tầng. · filter: nested more than {MAXIMUM_DEPTH} levels deep."
    )


def _place(message: str) -> str:
    """The parser's message as one sentence with the place of the mistake."""
    place = re.search(r"--> (\d+):(\d+)", message)
    expected = re.search(r"= (expected .*)", message)
    where = f"dòng {place[1]}, cột {place[2]} · line {place[1]}, column {place[2]}" if place else "CQL2"
    return f"filter: {where}: {expected[1] if expected else message.splitlines()[0]}."
