"""Fields without interfaces: fractions at random, three cells of eight pure."""

from __future__ import annotations

import numpy as np


def rough(ny: int, nx: int, seed: int = 1) -> np.ndarray:
    one = np.clip(np.random.default_rng(seed).random((ny, nx)) * 1.6 - 0.3, 0, 1)
    return np.stack([one, 1 - one])
