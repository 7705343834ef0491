"""Slope and shading of a relief by Horn's method, over arrays of heights.

Source: B. K. P. Horn, "Hill shading and the reflectance map", Proceedings of the IEEE 69 (1981) 14-47, as in gdaldem.
The light from the north-west, 45 degrees high, is what cartographers use and Horn's default.
"""

import math

import numpy as np
from numpy.typing import NDArray

Heights = NDArray[np.float64]

AZIMUTH = 315.0
"""Where the light comes from, degrees clockwise from north (Horn 1981: the upper left corner of the map)."""
ALTITUDE = 45.0
"""How high the light stands above the horizon, degrees (Horn 1981)."""
EARTH_RADIUS = 6378137.0
"""Semi-major axis of WGS 84, metres: the radius of EPSG:3857's sphere."""
ECCENTRICITY_SQUARED = 0.00669437999014


def gradient(heights: Heights, across: Heights | float, down: Heights | float) -> tuple[Heights, Heights]:
    """The rise to the east and to the north, metres per metre, of the inner cells: (n - 2, m - 2) of (n, m) heights.

    `across` and `down` are the cells' width and height in metres, numbers or columns (n - 2, 1). NaN next to NaN.
    """
    north, middle, south = heights[:-2], heights[1:-1], heights[2:]
    east = (north + 2 * middle + south)[:, 2:]
    west = (north + 2 * middle + south)[:, :-2]
    upper = north[:, :-2] + 2 * north[:, 1:-1] + north[:, 2:]
    lower = south[:, :-2] + 2 * south[:, 1:-1] + south[:, 2:]
    return (east - west) / (8 * across), (upper - lower) / (8 * down)


def slope(east: Heights, north: Heights) -> Heights:
    """The steepest descent in degrees, 0 level and 90 vertical, from the rises by `gradient`."""
    return np.degrees(np.arctan(np.hypot(east, north)))


def hillshade(east: Heights, north: Heights, azimuth: float = AZIMUTH, altitude: float = ALTITUDE) -> Heights:
    """The share of light that the ground throws back, 0 in shadow and 1 towards the light."""
    light = math.radians(azimuth)
    high = math.radians(altitude)
    towards = east * math.sin(light) + north * math.cos(light)
    shade = (math.sin(high) - math.cos(high) * towards) / np.sqrt(1 + east**2 + north**2)
    return np.maximum(shade, 0.0)


def mercator_cells(northings: NDArray[np.floating], cell: float) -> tuple[Heights, Heights]:
    """The true width and height in metres, each (n,), of cells of `cell` metres at `northings` (n,) in EPSG:3857.

    The projection stretches lengths by latitude, and, since the Earth is no sphere, unlike to the east and the north.
    """
    latitude = np.arctan(np.sinh(northings / EARTH_RADIUS))
    bulge = 1 - ECCENTRICITY_SQUARED * np.sin(latitude) ** 2
    # EPSG Guidance Note 7-2, 1024: x = a λ and y = a ln(tan(π/4 + φ/2)); the radii of curvature are ν and ρ.
    across = cell * np.cos(latitude) / np.sqrt(bulge)
    down = cell * np.cos(latitude) * (1 - ECCENTRICITY_SQUARED) / bulge**1.5
    return across, down
