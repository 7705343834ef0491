"""Spatial jobs: each a declaration with a pure function; `run` executes them, `queue` lets workers do so."""
