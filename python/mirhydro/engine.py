"""Run a model on a batch of cells: the bare inference engine."""

from __future__ import annotations

import ctypes
import importlib.util
import os
from pathlib import Path
from typing import Any

import numpy as np

from . import _native
from .arrays import CPU, device_of, empty_like, handed_over, in_place, whole
from .build import torch_problem


class Engine:
    """A model that is ready to run. Any number of threads may call one Engine at once.

    Parameters
    ----------
    model : str or path
        Name of a model that comes with mirhydro (`mirhydro.models()`), or the path of a model file; with
        engine="torch" also the path of a TorchScript file.
    engine : "native" or "torch"
        native: on the processor; a cell's outputs are the same bits whatever the batch. torch: LibTorch.
    device : str
        "cpu"; torch also "cuda", "cuda:1", "xpu", "mps", or the name of a plug-in of LibTorch that was loaded.
    precision : "float32", "bfloat16" or "float16"
        Of the numbers that are multiplied; float16, for GPUs, with engine="torch" only. Inputs, outputs and (native)
        sums are float32.
    threads : int
    trusted : bool
        Whether the model may run code of its own, as a TorchScript module does.

    Raises
    ------
    ValueError
        Naming the file and what is wrong with it, or the option and its value.
    ImportError
        engine="torch" where LibTorch, or the part of mirhydro that uses it, is not there.
    """

    def __init__(
        self,
        model: str | os.PathLike[str] = "neural",
        *,
        engine: str = "native",
        device: str = "cpu",
        precision: str = "float32",
        threads: int = 1,
        trusted: bool = False,
    ) -> None:
        for name, value in (("engine", engine), ("device", device), ("precision", precision)):
            if not isinstance(value, str):
                raise TypeError(f"{name} is a {type(value).__name__}, not text")
        self.model = os.fspath(model)
        if not isinstance(self.model, str):
            raise TypeError(f"model is {type(self.model).__name__}, not text or a path")
        self.engine, self.device, self.precision = engine, device, precision
        if engine == "torch":
            _find_libtorch()
        self._native = _native.Engine(
            self.model, engine, device, precision, whole("threads", threads, 1, 1024), bool(trusted)
        )
        #: Extents of one cell's input and output.
        self.input_shape: tuple[int, ...] = self._native.input_shape
        self.output_shape: tuple[int, ...] = self._native.output_shape

    def __repr__(self) -> str:
        return f"Engine({self.model!r}: {self._native.description()})"

    def infer(self, batch: Any, out: Any = None) -> Any:
        """Outputs of n cells. Nothing is converted or copied: what does not fit is refused.

        Parameters
        ----------
        batch : array, (n, *input_shape), float32
            NumPy, buffer protocol or DLPack, any strides; read in place. An array on the engine's own device
            (torch, DLPack) stays there.
        out : array, (n, *output_shape), float32, optional
            Written in place and returned; must not share memory with `batch`. Default: a new NumPy array, or on a
            device a new array of the batch's own kind.

        Raises
        ------
        ValueError, TypeError
            Naming argument, shape, type or device.
        """
        if device_of(batch) != CPU and self.engine == "torch" and self.device != "cpu":
            return self._infer_on_device(batch, out)
        cells = in_place("batch", batch)
        self._check("batch", cells, cells.shape[:1], self.input_shape)
        if out is None:
            out = result = np.empty((cells.shape[0], *self.output_shape), np.float32)
        else:
            result = in_place("out", out)
            self._check("out", result, cells.shape[:1], self.output_shape)
            if np.may_share_memory(cells, result) and np.shares_memory(cells, result):
                raise ValueError("out shares memory with batch")
        self._native.infer(_rows("batch", cells), _rows("out", result))
        return out

    @staticmethod
    def _check(name: str, array: Any, rows: tuple[int, ...], shape: tuple[int, ...]) -> None:
        if tuple(array.shape) != (*rows, *shape) or not rows:
            wanted = (
                ", ".join(map(str, (*(rows or ("n",)), *shape)))
                if name == "out"
                else ", ".join(map(str, ("n", *shape)))
            )
            raise ValueError(f"{name} has the shape {tuple(array.shape)}, not ({wanted})")

    def _infer_on_device(self, batch: Any, out: Any) -> Any:
        self._check("batch", batch, tuple(batch.shape)[:1], self.input_shape)
        if out is None:
            out = empty_like("batch", batch, (batch.shape[0], *self.output_shape), "float32")
        else:
            self._check("out", out, tuple(batch.shape)[:1], self.output_shape)
            if device_of(out) == CPU:
                raise TypeError("out lies in CPU memory, batch on a device")
        self._native.infer_dlpack(handed_over(_rows_there("batch", batch)), handed_over(_rows_there("out", out)))
        return out


def _rows(name: str, array: np.ndarray) -> np.ndarray:
    """(n, *shape) as (n, product of shape), in place."""
    if array.ndim == 2:
        return array
    size, stride = 1, array.itemsize
    for extent, step in zip(reversed(array.shape[1:]), reversed(array.strides[1:]), strict=True):
        if extent > 1 and size > 1 and step != stride * size:
            raise ValueError(f"{name}: the axes of one cell are not contiguous; pass a copy")
        if size == 1 and extent > 1:
            stride = step
        size *= extent
    return np.lib.stride_tricks.as_strided(
        array, (array.shape[0], size), (array.strides[0], stride), writeable=array.flags.writeable
    )


def _rows_there(name: str, array: Any) -> Any:
    """The same of an array on a device: its library copies where it cannot look at it so."""

    def address(of: Any) -> int:
        return int(of.data_ptr() if hasattr(of, "data_ptr") else of.data.ptr)

    rows = array.reshape(array.shape[0], -1)
    if array.ndim > 2 and address(rows) != address(array):
        raise ValueError(f"{name}: the axes of one cell are not contiguous; pass a copy")
    return rows


def _find_libtorch() -> None:
    """Refuse a LibTorch that is missing or of another version, in words, before anything of it is loaded."""
    problem = torch_problem()
    if problem:
        raise ImportError(f"engine='torch': {problem}")
    here = Path(_native.__file__).parent
    if (here.parent / "torch" / "lib" / "libtorch_cpu.so").exists():
        return  # where libmirhydro_torch looks by itself
    spec = importlib.util.find_spec("torch")  # finds, does not import
    for folder in (spec.submodule_search_locations or []) if spec else []:
        library = Path(folder) / "lib" / "libtorch_cpu.so"
        if library.exists():
            ctypes.CDLL(str(library))
            return
