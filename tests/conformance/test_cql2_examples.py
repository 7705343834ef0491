"""The example expressions of the CQL2 standard (OGC 21-065r2), from the source archive of the package `cql2`.

They speak of properties of other people's data: each is asked with a property of ours of the kind that it needs. What
the server refuses must belong to a conformance class that it does not declare.
"""

import io
import re
import tarfile
from collections.abc import Iterator
from importlib.metadata import version
from typing import Any

import cql2
import httpx2
import orjson
import pytest

ARCHIVE = "https://static.crates.io/crates/cql2/cql2-{0}.crate"
# A layer with properties of every kind.
ITEMS = "/collections/roads/items"
OURS = {
    "text": ("street_name", "ref"), "number": ("width_m", "max_speed_kmh"), "boolean": ("car", "motorbike"),
    "date": ("valid_from", "valid_to"), "timestamp": ("updated_at", "updated_at"), "geometry": ("geometry", "geometry"),
}  # fmt: skip
CLASS = "http://www.opengis.net/spec/cql2/1.0/conf/"
KNOWN_FUNCTIONS = {"casei", "accenti", "upper", "lower", "char_length", "abs", "ceil", "floor", "round"}
OPERATORS = {"and", "or", "not", "=", "<>", "<", ">", "<=", ">=", "between", "in", "like", "isNull"}
ARITHMETIC = {"+", "-", "*", "/", "%", "div", "^"}


@pytest.fixture(scope="module")
def examples(request: pytest.FixtureRequest) -> dict[str, str]:
    """The examples by file name; fetched once from the registry of Rust's packages, then kept."""
    release = version("cql2")
    kept = request.config.cache.mkdir("cql2-examples") / f"cql2-{release}.crate"
    if not kept.exists():
        try:
            answer = httpx2.get(ARCHIVE.format(release), timeout=60, follow_redirects=True)
        except httpx2.TransportError as error:
            pytest.skip(f"crates.io cannot be reached, which has the examples: {error}")
        assert answer.status_code == 200, f"crates.io answered {answer.status_code}"
        kept.write_bytes(answer.content)
    with tarfile.open(fileobj=io.BytesIO(kept.read_bytes()), mode="r:gz") as archive:
        members = [one for one in archive if re.search(r"/examples/(text|json)/[^/]+\.(txt|json)$", one.name)]
        return {one.name.partition("/examples/")[2]: archive.extractfile(one).read().decode() for one in members}  # type: ignore[union-attr]


def nodes(tree: Any) -> Iterator[dict[str, Any]]:
    if isinstance(tree, dict):
        yield tree
    for below in tree.values() if isinstance(tree, dict) else tree if isinstance(tree, list) else ():
        yield from nodes(below)


def kind_of(node: Any) -> str | None:
    """The kind of a literal or an expression, None for a property by itself."""
    if isinstance(node, bool):
        return "boolean"
    if isinstance(node, int | float):
        return "number"
    if isinstance(node, str):
        return "text"
    if isinstance(node, list):
        return next((kind_of(one) for one in node), None)
    if "op" in node:
        if node["op"] in ARITHMETIC:
            return "number"
        return "text" if node["op"] in ("casei", "accenti") else None
    return next((kind for kind in ("date", "timestamp") if kind in node), None)


def kinds_of(tree: Any) -> dict[str, str]:
    """The kind that each property of the expression has to be of."""
    found: dict[str, str] = {}
    for node in nodes(tree):
        arguments = node.get("interval", node.get("args", []))
        kind = "timestamp" if "interval" in node and "T" in str(tree) else asked_kind(node, arguments)
        for one in arguments:
            if isinstance(one, dict) and "property" in one and (kind or one["property"] not in found):
                found[one["property"]] = kind or "text"
    return found


def asked_kind(node: dict[str, Any], arguments: list[Any]) -> str | None:
    """The kind of the arguments of an operation, None where any will do."""
    name = node.get("op", "t_")
    given = next((one for one in map(kind_of, arguments) if one), None)
    if name.startswith("s_"):
        return "geometry"
    if name.startswith("t_"):
        return given if given in ("date", "timestamp") else "date"
    if name in ARITHMETIC:
        return "number"
    by_name = {"casei": "text", "accenti": "text", "like": "text", "and": "boolean", "or": "boolean", "not": "boolean"}
    return by_name.get(name, given)


def renamed(tree: Any) -> dict[str, str]:
    """For each property of the expression one of ours."""
    used: dict[str, int] = {}
    names = {}
    for name, kind in kinds_of(tree).items():
        names[name] = OURS[kind][min(used.get(kind, 0), 1)]
        used[kind] = used.get(kind, 0) + 1
    return names


def in_text(words: str, names: dict[str, str]) -> str:
    """The expression in text with other names of properties; literals stay."""
    parts = re.split(r"('(?:[^']|'')*')", words)
    for name, ours in names.items():
        pattern = re.compile(rf'"{re.escape(name)}"|(?<![\w.:"]){re.escape(name)}(?![\w.:"(])')
        parts[::2] = [pattern.sub(ours, part) for part in parts[::2]]
    return "".join(parts)


def in_json(tree: Any, names: dict[str, str]) -> Any:
    if isinstance(tree, list):
        return [in_json(one, names) for one in tree]
    if not isinstance(tree, dict):
        return tree
    if set(tree) == {"property"}:
        return {"property": names[tree["property"]]}
    return {name: in_json(value, names) for name, value in tree.items()}


def needed_class(tree: Any) -> str | None:
    """The conformance class that the expression needs and that we may lack."""
    names = {node["op"] for node in nodes(tree) if isinstance(node.get("op"), str)}
    if any(name.startswith("a_") for name in names):
        return f"{CLASS}array-functions"
    known = OPERATORS | ARITHMETIC | KNOWN_FUNCTIONS
    return (
        f"{CLASS}functions" if any(not name.startswith(("s_", "t_")) and name not in known for name in names) else None
    )


@pytest.mark.parametrize("language", ["text", "json"])
def test_the_examples_of_the_standard_run_or_need_an_undeclared_class(
    server_url: str, examples: dict[str, str], language: str
) -> None:
    declared = httpx2.get(f"{server_url}/conformance", headers={"Accept": "application/json"}).json()["conformsTo"]
    asked = {name: words for name, words in examples.items() if name.startswith(language)}
    refused, wrong = [], []
    with httpx2.Client(timeout=30) as client:
        for name, words in asked.items():
            tree = orjson.loads(words) if language == "json" else cql2.parse_text(words).to_json()
            names = renamed(tree)
            sent = in_text(words, names) if language == "text" else orjson.dumps(in_json(tree, names)).decode()
            parameters = {"filter": sent, "filter-lang": f"cql2-{language}", "limit": "1"}
            answer = client.get(f"{server_url}{ITEMS}", params=parameters)
            needs = needed_class(tree)
            expected = 200 if needs is None or needs in declared else 400
            if answer.status_code != expected:
                wrong.append((name, sent, answer.text))
            if expected == 400:
                refused.append(name)
                assert answer.headers["content-type"] == "application/problem+json"
    assert wrong == []
    assert len(asked) == {"text": 120, "json": 109}[language]
    assert len(refused) <= 10  # arrays, and functions of somebody else


def test_the_examples_with_their_own_properties_are_refused_by_name(server_url: str, examples: dict[str, str]) -> None:
    with httpx2.Client(timeout=30) as client:
        for name, words in examples.items():
            language = name.partition("/")[0]
            parameters = {"filter": words, "filter-lang": f"cql2-{language}"}
            answer = client.get(f"{server_url}{ITEMS}", params=parameters)
            assert answer.status_code in (200, 400), (name, answer.text)
            if answer.status_code == 400:
                assert "filter" in answer.json()["detail"], name
