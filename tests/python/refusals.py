"""What the tests of refusals share: a good field, a result's fingerprint, and a call that must change nothing."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import mirhydro as mir


def field(nmat: int = 2, ny: int = 5, nx: int = 6, seed: int = 0) -> np.ndarray:
    parts = np.random.default_rng(seed).exponential(size=(nmat, ny, nx))
    parts /= parts.sum(axis=0)
    parts[-1] = 1 - parts[:-1].sum(axis=0)
    return parts


def inputs(method: str, vf: np.ndarray) -> dict[str, Any]:
    """mof's centroids: a stack of layers, exact for any fractions."""
    if method != "mof":
        return {}
    vf = np.clip(np.nan_to_num(vf), 0, 1)
    vf = vf if vf.ndim == 3 else np.stack([vf, 1 - vf])
    height = np.clip(np.cumsum(vf, axis=0) - vf / 2, 0, 1)
    return {"centroids": np.stack([np.full(height.shape, 0.5), height], axis=-1)}


def fingerprint(r: mir.Reconstruction) -> tuple[Any, ...]:
    d = np.full((r.ny, r.nx + 1), 0.25)
    return r.nmat, r.ny, r.nx, r.stats, *(a.tobytes() for a in (r.cells, r.volumes(), r.owner, r.swept("x", d)))


def refused(method: str, vf: Any, pattern: str, error: type[Exception] = ValueError, **more: Any) -> None:
    """The call raises, names what is wrong, and leaves a result as it was and of use."""
    rec = mir.Reconstructor(method)
    good = field(seed=1)
    r = rec(good, **inputs(method, good))
    before = fingerprint(r)
    with pytest.raises(error, match=pattern):
        rec(vf, out=r, **more)
    assert fingerprint(r) == before
    rec(good[:, ::-1], out=r, **inputs(method, good[:, ::-1]))
    assert fingerprint(r) == fingerprint(rec(good[:, ::-1], **inputs(method, good[:, ::-1])))
