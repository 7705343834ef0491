"""What addok (https://addok.readthedocs.io, MIT) answers: run by the interpreter that has it, with its Redis named.

    REDIS_SOCKET=… VIRTUALENV/bin/python addok_search.py DOCUMENTS.jsonl QUERIES.json

Its last line is JSON: the best answer to each query and the milliseconds it took.
"""

import json
import subprocess
import sys
import time
from pathlib import Path


def main(documents: str, queries: str) -> None:
    """Index the documents, then answer each query alone, in this process."""
    program = str(Path(sys.executable).with_name("addok"))
    for command in (["reset"], ["batch", documents], ["ngrams"]):
        subprocess.run([program, *command], check=True, capture_output=True, input=b"y\n", timeout=600)
    # Only when the index is there, and in this order: addok reads its settings at import.
    from addok.config import config

    config.load()
    from addok.core import search

    answers = []
    for query in json.loads(Path(queries).read_text("utf-8")):
        begun = time.perf_counter()
        found = search(query, limit=1)
        taken = (time.perf_counter() - begun) * 1000
        best = found[0].format() if found else None
        answers.append({"milliseconds": taken, "properties": best and best["properties"]})
    print(json.dumps(answers))


if __name__ == "__main__":
    main(*sys.argv[1:])
