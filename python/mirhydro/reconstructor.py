"""Reconstruct the interfaces of a field of volume fractions: plan once, call every time step."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any, overload

import numpy as np
from numpy.typing import NDArray

from . import _native
from .arrays import CPU, device_of, in_place, real, whole, whole_numbers
from .device import DeviceReconstruction, reconstruct_there
from .reconstruction import Reconstruction


class Reconstructor:
    """A method with its options.

    Parameters
    ----------
    method : str
        One of `mirhydro.methods()`:
        "youngs" (Youngs 1982), "myc" (mixed Youngs-centred, Aulisa et al. 2007), "elvira" and "lvira" (Pilliod &
        Puckett 2004), "mof" (moment of fluid, Dyadechko & Shashkov 2005; needs `centroids=`): lines. Cells of three and
        more materials are onion skins, parallel lines; mof cuts up to four by lines of their own directions.
        "ppic": a line or a parabola per cell as a level set, its nodes averaged with the neighbours'; any number of
        materials, in no order (docs/method.md).
        "neural": ppic, its curves corrected by a net; six tenths to eight tenths of its error in a run.
        "autoencoder": ppic, its curves corrected by an image autoencoder that sees a tile of 8 x 8 cells.
        The name of a shipped model (`mirhydro.models()`) is the method that it was trained for, with that model.
    threads : int
    eps : float
        A material below eps in a cell counts as round-off there.
    spacing : pair of float or of 1D arrays
        Widths of the cells along x and along y. Only ratios matter.
    ghost : int
        Layers of `vf` on every side that belong to somebody else: read as neighbours, and reconstructed where their own
        neighbours are there. Faces between two ghost cells are not swept (their volumes are 0).
    boundary : str, or four of them (x low, x high, y low, y high)
        What lies outside the array: "mirror" (a wall), "periodic", "replicate".
    order : "auto" or a list of all materials
        Order of onion skins; "auto" does not depend on how the materials are numbered. ppic has no order, and does not
        read it.
    nodes : {2, 1, 3, 4, 8}
        Level sets are piecewise linear on nodes x nodes sub-cells of a cell.
    share_nodes : bool, optional
        Whether neighbours average the nodes that they share; ppic does. For experiments: lines that share nodes become
        level sets.

    model : str or path, optional
        neural and autoencoder only: one of `mirhydro.models()`, a model file, or for neural with engine="torch" a
        TorchScript file; the net of the method's name unless given. It brings its own number of nodes.
    engine : {"auto", "native", "torch"}
        What runs the net: native in the pass that finds the cells, torch in one batch per call. "auto" is native, and
        torch on another device than the processor.
    device : str
        Of the torch engine: "cpu", "cuda", "cuda:1", "xpu", "mps", or the name of a plug-in of LibTorch.
    precision : {"float32", "bfloat16", "float16"}
        Of the net; geometry is float64. float16 with engine="torch" only.
    trusted : bool
        Whether a model may run code of its own, as a TorchScript file does.

    Raises
    ------
    ValueError
        Naming option and value.
    """

    def __init__(
        self,
        method: str,
        *,
        threads: int = 1,
        eps: float = 1e-12,
        spacing: Sequence[Any] = (1.0, 1.0),
        ghost: int = 0,
        boundary: str | Sequence[str] = "mirror",
        order: str | Sequence[int] = "auto",
        nodes: int = 2,
        share_nodes: bool | None = None,
        model: str | None = None,
        engine: str = "auto",
        device: str = "cpu",
        precision: str = "float32",
        trusted: bool = False,
    ) -> None:
        if not isinstance(method, str):
            raise TypeError(f"method is a {type(method).__name__}, not a name: one of {', '.join(_native.methods())}")
        has_net = method in ("neural", "autoencoder") or method in _native.models()
        if not has_net and (model is not None or precision != "float32"):
            raise ValueError(f"model and precision are options of neural and autoencoder, not of {method}")
        if not has_net and (engine not in ("auto", "native") or device != "cpu" or trusted):
            raise ValueError(f"engine, device and trusted are options of neural and autoencoder, not of {method}")
        self.method = method
        self._on_device = has_net and device != "cpu"
        self._native = _native.Reconstructor(
            method,
            threads=whole("threads", threads, 1, 1024),
            eps=real("eps", eps),
            spacing_x=_widths(spacing, 0),
            spacing_y=_widths(spacing, 1),
            ghost=whole("ghost", ghost, 0),
            boundary=_sides(boundary),
            order=_order(order),
            nodes=whole("nodes", nodes, 1, 8),
            share_nodes=None if share_nodes is None else bool(share_nodes),
            model="" if model is None else os.fspath(model),
            engine=engine if engine != "auto" else "native" if device == "cpu" else "torch",
            device=device,
            precision=precision,
            trusted=bool(trusted),
        )

    @property
    def ghost_layers(self) -> int:
        """Layers of ghost cells with which swept volumes of a part of the mesh are those of the whole.

        2 for lines (a stencil and a donor), 4 for level sets that share nodes (a stencil of 2, a neighbour, a donor).
        """
        return int(self._native.ghost_layers)

    def __repr__(self) -> str:
        return f"Reconstructor({self.method!r})"

    @overload
    def __call__(
        self, vf: Any, out: Reconstruction | None = None, *, where: Any = None, centroids: Any = None
    ) -> Reconstruction: ...
    @overload
    def __call__(self, vf: Any, out: DeviceReconstruction) -> DeviceReconstruction: ...
    def __call__(self, vf: Any, out: Any = None, *, where: Any = None, centroids: Any = None) -> Any:
        """Reconstruct the interfaces in every mixed cell; the areas of the regions are `vf` to round-off.

        Parameters
        ----------
        vf : array, (nmat, ny, nx) or (ny, nx), float64 or float32
            Volume fractions in [0, 1] that sum to 1; (ny, nx) is one material and the rest. NumPy, buffer protocol or
            DLPack on the CPU. Read in place, any strides, not kept. An array on the device of neural's torch engine
            (torch, CuPy) stays there: two materials, cells of one size.
        out : Reconstruction, optional
            An earlier result to reuse and return; memory grows only when there are more mixed cells than it has held.
        where : array, (ny, nx), bool, optional
            Cells to reconstruct.
        centroids : array, (nmat, ny, nx, 2), float64
            mof only: x, y of each material in the unit cell, read in mixed cells where the material is present.

        Returns
        -------
        Reconstruction, or DeviceReconstruction where `vf` lies on a device (pass `out=` to tell a type checker).

        Raises
        ------
        ValueError
            Naming argument, material, cell and value; `out` is then unchanged.
        TypeError
            Naming argument and type.
        """
        if device_of(vf) != CPU and self._on_device:
            if where is not None or centroids is not None:
                raise TypeError("where and centroids are for arrays of the CPU: vf lies on a device")
            return reconstruct_there(self._native, vf, out)
        if out is None:
            out = Reconstruction()
        elif not isinstance(out, Reconstruction):
            raise TypeError(f"out is a {type(out).__name__}, not a Reconstruction")
        where = None if where is None else in_place("where", where)
        centroids = None if centroids is None else in_place("centroids", centroids)
        self._native(in_place("vf", vf), out._native, where, centroids)
        return out


def mixed_cells(vf: Any, eps: float = 1e-12) -> NDArray[np.int32]:
    """(n, 2): j, i of the cells that hold at least two materials above `eps`, in row order.

    Cost: one pass over `vf` and its temporaries; a `Reconstruction` has the same list in `cells`.
    """
    fractions = in_place("vf", vf)
    if fractions.ndim == 2:
        present = (fractions > eps).astype(np.int8) + (1 - fractions > eps)
    elif fractions.ndim == 3:
        present = (fractions > eps).sum(axis=0)
    else:
        raise ValueError(f"vf has the shape {fractions.shape}, not (nmat, ny, nx) or (ny, nx)")
    return np.argwhere(present > 1).astype(np.int32)


def _widths(spacing: Sequence[Any], axis: int) -> list[float]:
    try:
        pair = list(spacing)
    except TypeError:
        pair = []
    if isinstance(spacing, str) or len(pair) != 2:
        raise ValueError(f"spacing = {spacing!r}: a pair (dx, dy) of numbers or of 1D arrays")
    try:
        widths = np.asarray(pair[axis], float)
    except (TypeError, ValueError):
        raise TypeError(f"spacing[{axis}] = {pair[axis]!r}: a number, or one width per cell") from None
    if widths.ndim > 1:
        raise ValueError(f"spacing[{axis}] has {widths.ndim} axes: a number, or one width per cell")
    return np.atleast_1d(widths).tolist()


def _sides(boundary: str | Sequence[str]) -> list[str]:
    try:
        sides = [boundary] * 4 if isinstance(boundary, str) else list(boundary)
    except TypeError:
        sides = []
    if len(sides) != 4 or not all(isinstance(side, str) for side in sides):
        raise ValueError(f"boundary = {boundary!r}: one rule, or four (x low, x high, y low, y high)")
    return sides


def _order(order: str | Sequence[int]) -> list[int]:
    if isinstance(order, str):
        if order != "auto":
            raise ValueError(f'order = {order!r}: "auto", or a list of all materials')
        return []
    return whole_numbers("order", order, np.int32).ravel().tolist()
