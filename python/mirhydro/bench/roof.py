"""What the machine can do at all: products of large matrices and copies of large arrays, measured."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from mirhydro import build


def _best(call: Callable[[], Any], rounds: int = 5) -> float:
    seconds = []
    for _ in range(rounds + 1):
        start = time.perf_counter()
        call()
        seconds.append(time.perf_counter() - start)
    return min(seconds[1:])


def roofs(devices: Sequence[str]) -> dict[str, dict[str, float]]:
    """Multiply-adds and bytes a second of each device; of one thread of the processor, where torch is there."""
    try:
        import torch
    except ImportError:
        return {"cpu": _of_numpy()}
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        return {device: _of_torch(device) for device in devices}
    finally:
        torch.set_num_threads(threads)


def _of_numpy() -> dict[str, float]:
    a, big = np.ones((1024, 1024), np.float32), np.ones(2**24, np.float32)
    to = np.empty_like(big)
    return {
        "multiply_adds": 1024**3 / _best(lambda: a @ a),
        "bytes": 2 * big.nbytes / _best(lambda: np.copyto(to, big)),
    }


def _of_torch(device: str) -> dict[str, float]:
    import torch

    n, wait = 1024 if device == "cpu" else 8192, waiter(device)
    row: dict[str, float] = {}
    for precision, key in (("float32", "multiply_adds"), *((p, f"multiply_adds_{p}") for p in ("bfloat16", "float16"))):
        row[key] = n**3 / _best(_product(n, precision, device, wait))
    big = torch.ones(2**25, device=device)
    to = torch.empty_like(big)
    row["bytes"] = 2 * 4 * 2**25 / _best(lambda: (to.copy_(big), wait()))
    return row


def _product(n: int, precision: str, device: str, wait: Callable[[], Any]) -> Callable[[], Any]:
    import torch

    a = torch.ones((n, n), dtype=getattr(torch, precision), device=device)
    return lambda: (a @ a, wait())


def waiter(device: str) -> Callable[[], Any]:
    """What returns when a device has done its work."""
    if device == "cpu":
        return lambda: None
    import torch

    return getattr(torch, device.split(":")[0]).synchronize


def names(devices: Sequence[str]) -> dict[str, str]:
    """What the devices are called by their makers."""
    result = {}
    for device in devices:
        if device == "cpu":
            result[device] = build.processor()
        else:
            import torch

            kind = getattr(torch, device.split(":")[0])
            result[device] = kind.get_device_name(device) if hasattr(kind, "get_device_name") else device
    return result
