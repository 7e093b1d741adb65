"""Equations of state: what a material must answer to take part in the scheme.

A material gives pressure and bulk modulus K = rho c^2 from density and internal energy, and internal energy from
density and pressure. All energies here are per volume of the material (rho e).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]


class Material(Protocol):
    """What the solver asks of an equation of state; JWL or a table need no more than this."""

    @property
    def name(self) -> str:
        """Name in pictures and diagnostics."""

    def pressure_bulk(
        self, rho: Array, energy: Array, pressure: Array | None = None, bulk: Array | None = None
    ) -> tuple[Array, Array]:
        """Pressure and rho c^2 > 0 at density `rho` and internal energy `energy` per volume, written where given."""

    def internal_energy(self, rho: Array, pressure: Array) -> Array:
        """Internal energy per volume of the material."""


@dataclass(frozen=True)
class StiffenedGas:
    """p = (gamma - 1) rho e - gamma pinf; rho c^2 = gamma (p + pinf). Water: gamma 4.4, pinf 6e8 Pa.

    Raises
    ------
    ValueError
        When gamma <= 1 or pinf < 0, or either is not finite.
    """

    name: str
    gamma: float
    pinf: float = 0.0

    def __post_init__(self) -> None:
        if not (np.isfinite(self.gamma) and self.gamma > 1):
            raise ValueError(f"gamma = {self.gamma} of {self.name}: the ratio of specific heats lies above 1")
        if not (np.isfinite(self.pinf) and self.pinf >= 0):
            raise ValueError(f"pinf = {self.pinf} of {self.name}: the stiffening pressure is not negative")

    def pressure_bulk(
        self, rho: Array, energy: Array, pressure: Array | None = None, bulk: Array | None = None
    ) -> tuple[Array, Array]:
        """Pressure and rho c^2, both shaped like `energy`; `rho` does not enter. The modulus is floored above zero."""
        pressure = np.multiply(energy, self.gamma - 1, out=pressure)
        pressure -= self.gamma * self.pinf
        bulk = np.add(pressure, self.pinf, out=bulk)
        bulk *= self.gamma
        np.maximum(bulk, 1e-12 * (self.pinf + 1e-30), out=bulk)  # a cold gas keeps a sound speed to divide by
        return pressure, bulk

    def internal_energy(self, rho: Array, pressure: Array) -> Array:
        """rho e of the material at this pressure."""
        return np.asarray((pressure + self.gamma * self.pinf) / (self.gamma - 1))


class IdealGas(StiffenedGas):
    """p = (gamma - 1) rho e."""

    def __init__(self, name: str, gamma: float) -> None:
        super().__init__(name, gamma, 0.0)
