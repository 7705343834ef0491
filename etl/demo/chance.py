"""Independent streams of random numbers: a stage that draws more does not change what the others draw."""

import zlib

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]


def stream(seed: int, stage: str) -> np.random.Generator:
    """The generator of random numbers of one stage; equal for equal `seed` and `stage`."""
    return np.random.default_rng([seed, zlib.crc32(stage.encode())])


def pick(rng: np.random.Generator, weights: dict[str, float], count: int) -> NDArray[np.str_]:
    """`count` keys of `weights`, drawn with the weights as odds."""
    odds = np.array(list(weights.values()))
    return np.array(list(weights))[rng.choice(len(odds), count, p=odds / odds.sum())]
