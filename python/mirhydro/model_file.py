"""Model files: safetensors with mirhydro's metadata. Written here by training, read here for a look.

The engines never read a model through this module: they have a reader of their own, which trusts nothing.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import struct
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

FORMAT_VERSION = "1"
LARGEST_HEADER = 2**20
LARGEST_FILE = 2**28
_DTYPES = {"F32": "<f4", "F64": "<f8", "F16": "<f2", "I64": "<i8", "I32": "<i4", "U8": "u1"}


@dataclass
class Model:
    """Metadata (all text) and tensors by name."""

    metadata: dict[str, str] = field(default_factory=dict)
    tensors: dict[str, NDArray[Any]] = field(default_factory=dict)


def stencil_net(
    layers: Sequence[tuple[Any, Any]],
    *,
    nodes: int,
    stencil: int = 5,
    features: int = 1,
    recipe: Mapping[str, Any] | None = None,
    data: str = "",
) -> Model:
    """A stencil net as it stands in a file.

    Parameters
    ----------
    layers : sequence of (weight, bias)
        weight (outputs, inputs) and bias (outputs,), from the input on; ReLU between them. The last one has
        (nodes + 1)^2 + 1 outputs: corrections of the nodes, row by row, then the logarithm of the cell's weight.
    nodes, stencil, features : int
        K; side of the stencil; version of the features that the inputs are.
    recipe : mapping, optional
        How it was trained, kept as JSON.
    data : str
        Hash of the training data.

    Raises
    ------
    ValueError
        Where layers do not fit each other, or a value is not finite.
    """
    tensors: dict[str, NDArray[Any]] = {}
    widths: list[int] = []
    for k, (weight, bias) in enumerate(layers):
        w, b = np.asarray(weight, np.float32), np.asarray(bias, np.float32)
        if w.ndim != 2 or b.shape != w.shape[:1]:
            raise ValueError(f"layers[{k}]: weight {w.shape} and bias {b.shape}, not (outputs, inputs) and (outputs,)")
        if widths and widths[-1] != w.shape[1]:
            raise ValueError(f"layers[{k}] has {w.shape[1]} inputs, the layer before it {widths[-1]} outputs")
        widths += [w.shape[1], w.shape[0]] if not widths else [w.shape[0]]
        tensors[f"layer{k}.weight"], tensors[f"layer{k}.bias"] = w, b
    if len(widths) < 3:
        raise ValueError("layers: at least one hidden layer and an output layer")
    if widths[-1] != (nodes + 1) ** 2 + 1:
        raise ValueError(f"layers: {widths[-1]} outputs, not (nodes + 1)^2 + 1 = {(nodes + 1) ** 2 + 1}")
    metadata = {
        "architecture": "stencil_net",
        "nodes": str(nodes),
        "inputs": str(widths[0]),
        "hidden": ",".join(map(str, widths[1:-1])),
        "features": str(features),
        "stencil": str(stencil),
        "dtype": "F32",
        "recipe": json.dumps(dict(recipe or {}), sort_keys=True),
        "data": data,
    }
    return Model(metadata, tensors)


def autoencoder(
    tensors: Mapping[str, Any],
    *,
    channels: int,
    pool: int,
    dilation: int,
    bottleneck: int,
    convolutions: int = 5,
    nodes: int = 2,
    meaning: str = "correction",
    recipe: Mapping[str, Any] | None = None,
    data: str = "",
    half: bool = False,
) -> Model:
    """An image autoencoder as it stands in a file.

    Parameters
    ----------
    tensors : mapping
        encoder0.weight (channels, 1, 3, 3), ... as `mirhydro.train.autoencoder.Shape.tensors` lists them.
    channels, pool, dilation, bottleneck, convolutions, nodes, meaning
        As `mirhydro.train.autoencoder.Shape` has them.
    recipe : mapping, optional
        How it was trained, kept as JSON.
    data : str
        Hash of the training data.
    half : bool
        Weights rounded to half precision: half the bytes. Readers widen them.

    Raises
    ------
    ValueError
        Where half precision cannot hold a weight. Shapes are checked by whoever reads the file.
    """
    kept = {name: np.asarray(value, np.float32) for name, value in tensors.items()}
    if half:
        for name, value in kept.items():
            if np.abs(value, where=np.isfinite(value), out=np.zeros_like(value)).max(initial=0) >= 65520:
                raise ValueError(f"tensor {name!r} has values beyond half precision")
        kept = {name: value.astype(np.float16) for name, value in kept.items()}
    metadata = {
        "architecture": "autoencoder",
        "channels": str(channels),
        "pool": str(pool),
        "dilation": str(dilation),
        "bottleneck": str(bottleneck),
        "convolutions": str(convolutions),
        "nodes": str(nodes),
        "meaning": meaning,
        "tile": "8",
        "pixels": "8",
        "dtype": "F16" if half else "F32",
        "recipe": json.dumps(dict(recipe or {}), sort_keys=True),
        "data": data,
    }
    return Model(metadata, kept)


def to_bytes(model: Model) -> bytes:
    """The file's content; `mirhydro` (version of the format) and `checksum` are added to the metadata.

    Raises
    ------
    ValueError
        Naming the tensor that is no float32 array (float16 where the metadata's dtype is F16) or not finite, or
        metadata that are not text.
    """
    entries: dict[str, Any] = {}
    blocks: list[bytes] = []
    at = 0
    for name, tensor in model.tensors.items():
        a = np.asarray(tensor)
        half = a.dtype == np.float16 and model.metadata.get("dtype") == "F16"
        if a.dtype != np.float32 and not half:
            raise ValueError(f"tensor {name!r} has dtype {a.dtype}, not float32")
        if not np.isfinite(a).all():
            raise ValueError(f"tensor {name!r} has values that are not finite")
        blocks.append(np.ascontiguousarray(a, "<f2" if half else "<f4").tobytes())
        entries[name] = {
            "dtype": "F16" if half else "F32",
            "shape": list(a.shape),
            "data_offsets": [at, at + len(blocks[-1])],
        }
        at += len(blocks[-1])
    body = b"".join(blocks)
    for key, value in model.metadata.items():
        if not isinstance(value, str):
            raise ValueError(f"metadata[{key!r}] is a {type(value).__name__}, not text")
    metadata = {**model.metadata, "mirhydro": FORMAT_VERSION, "checksum": hashlib.sha256(body).hexdigest()}
    header = json.dumps({"__metadata__": metadata, **entries}, ensure_ascii=False, separators=(",", ":")).encode()
    header += b" " * (-len(header) % 8)
    if len(header) > LARGEST_HEADER:
        raise ValueError(f"header of {len(header)} bytes: at most {LARGEST_HEADER}; a shorter recipe?")
    return struct.pack("<Q", len(header)) + header + body


def write(path: str | os.PathLike[str], model: Model) -> None:
    """Write a model file, at once or not at all."""
    write_whole(path, to_bytes(model))


def write_whole(path: str | os.PathLike[str], content: bytes) -> None:
    """Write a file at once or not at all: a temporary file in the same folder, renamed when it is on disk."""
    path = Path(path)
    descriptor, temporary = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".tmp", dir=path.parent)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        umask = os.umask(0)
        os.umask(umask)
        os.chmod(temporary, 0o666 & ~umask)  # mkstemp gives 0600
        os.replace(temporary, path)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(temporary)
        raise


def read(path: str | os.PathLike[str]) -> Model:
    """Metadata and tensors of a model file, for inspection.

    Raises
    ------
    ValueError
        Naming file and reason.
    """
    size = os.stat(path).st_size
    if not 8 <= size <= LARGEST_FILE:
        raise ValueError(f"model file {path}: {size} bytes")
    content = Path(path).read_bytes()
    (length,) = struct.unpack_from("<Q", content)
    if length > min(LARGEST_HEADER, len(content) - 8):
        raise ValueError(f"model file {path}: its first 8 bytes give the header {length} bytes")
    body = content[8 + length :]
    try:
        header = json.loads(content[8 : 8 + length].decode(), object_pairs_hook=_no_key_twice)
        metadata = header.pop("__metadata__", {})
        tensors = {name: _tensor(entry, body) for name, entry in header.items()}
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"model file {path}: {error}") from None
    if metadata.get("checksum") != hashlib.sha256(body).hexdigest():
        raise ValueError(f"model file {path}: its checksum is not that of its data")
    return Model(metadata, tensors)


def _no_key_twice(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    keys = [key for key, _ in pairs]
    if len(set(keys)) != len(keys):
        raise ValueError("a key twice in the header")
    return dict(pairs)


def _tensor(entry: dict[str, Any], body: bytes) -> NDArray[Any]:
    begin, end = entry["data_offsets"]
    return np.frombuffer(body[begin:end], _DTYPES[entry["dtype"]]).reshape(entry["shape"])
