#!/usr/bin/env python3
"""Writes golden.json: the steps of a refresh in exact maths, from one seed. Nothing of the Rust code is used.

Transforms are loops of butterflies over a vector and a dense matrix; Chebyshev polynomials are cosines.
"""
import json
import numpy as np

rng = np.random.default_rng(2026)
N = 32
LOG = 5


def root(slot, length):
    """exp(2πi·5^slot/4·length)."""
    return np.exp(2j * np.pi * pow(5, slot, 4 * length) / (4 * length))


def to_slots(v, length):
    """(a, b) to (a + w·b, a − w·b) in blocks."""
    out = v.copy()
    for block in range(0, N, length):
        for k in range(length // 2):
            a, b = v[block + k], v[block + length // 2 + k]
            out[block + k], out[block + length // 2 + k] = a + root(k, length) * b, a - root(k, length) * b
    return out


def to_coefficients(v, length):
    """(a, b) to ((a + b)/2, (a − b)·w̄/2) in blocks."""
    out = v.copy()
    for block in range(0, N, length):
        for k in range(length // 2):
            a, b = v[block + k], v[block + length // 2 + k]
            out[block + k], out[block + length // 2 + k] = (a + b) / 2, (a - b) / 2 * np.conj(root(k, length))
    return out


def pairs(v):
    return [[float(x.real), float(x.imag)] for x in v]


v = rng.uniform(-1, 1, N) + 1j * rng.uniform(-1, 1, N)
steps, now = {"v": pairs(v)}, v
for name, lengths in (("s2c", ([2, 4], [8, 16, 32])), ("c2s", ([32, 16, 8], [4, 2]))):
    steps[name] = []
    for factor in lengths:
        for length in factor:
            now = (to_slots if name == "s2c" else to_coefficients)(now, length)
        steps[name].append(pairs(now))
    if name == "s2c":
        # The slots of Σ v_k·Y^k, with the bits of k reversed.
        reverse = [int(f"{k:05b}"[::-1], 2) for k in range(N)]
        dense = np.array([[np.exp(2j * np.pi * pow(5, j, 4 * N) * k / (4 * N)) for k in range(N)] for j in range(N)])
        assert np.abs(dense @ v[reverse] - now).max() < 1e-12
assert np.abs(now - v).max() < 1e-13

width = 14 + 0.25 + 2.0**-6
x = np.concatenate([np.arange(-14, 15), rng.integers(-4, 5, 3)]) + rng.uniform(-1, 1, 32) * 2.0**-11
u = (x - 0.25) / width
steps["x"] = [float(t) for t in x]
for j in (1, 2, 3, 4, 8):
    steps[f"c{j}"] = [float(t) for t in np.cos(2 * j * np.arccos(u))]
steps["y"] = [float(t) for t in np.sin(2 * np.pi * (x - np.rint(x)))]
with open("golden.json", "w") as file:
    file.write("{\n" + ",\n".join(f'"{k}": {json.dumps(a)}' for k, a in steps.items()) + "\n}\n")
