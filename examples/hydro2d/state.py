"""The conserved state of a multi-material flow on a uniform mesh."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from .eos import Array, Material
from .sums import over_materials

NAMES = ("a", "m", "I", "mx", "my")


@dataclass
class State:
    """Per cell volume: fractions `a`, masses `m`, internal energies `I`, (nmat, ny, nx); momenta `mx`, `my`, (ny, nx).

    No mixture energy is stored: sum I + (mx^2 + my^2)/(2 sum m) is what the scheme conserves. `owner`, (ny, nx)
    int8, is the material of a pure cell or -1; it follows from `a` and is kept beside it because the dense kernels
    ask for it.
    """

    a: Array
    m: Array
    I: Array  # noqa: E741  the symbol of the scheme
    mx: Array
    my: Array
    owner: Array

    @classmethod
    def zeros(cls, nmat: int, ny: int, nx: int) -> State:
        """A state to be written into."""
        a, m, energy = (np.zeros((nmat, ny, nx)) for _ in range(3))
        return cls(a, m, energy, np.zeros((ny, nx)), np.zeros((ny, nx)), np.zeros((ny, nx), np.int8))

    @classmethod
    def from_primitives(
        cls, materials: Sequence[Material], vf: Array, rho: Array, u: Array, v: Array, p: Array
    ) -> State:
        """State from what a problem states.

        Parameters
        ----------
        materials : nmat equations of state
        vf : (nmat, ny, nx) volume fractions that sum to 1
        rho, p : broadcast to (nmat, ny, nx), density and pressure of each material; read where vf > 0
        u, v : broadcast to (ny, nx), velocity

        Raises
        ------
        ValueError
            Naming argument, cell, material and value where one is not finite, a density or fraction negative, the
            fractions do not sum to 1, or an internal energy is not positive.
        """
        vf = np.asarray(vf, dtype=float)
        if vf.ndim != 3 or vf.shape[0] != len(materials):
            raise ValueError(f"vf has shape {vf.shape}: ({len(materials)}, ny, nx) for {len(materials)} materials")
        _refuse("vf", vf, ~(np.isfinite(vf) & (vf >= 0)), "volume fractions lie in [0, 1]")
        total = over_materials(vf)
        _refuse("sum of vf", total, ~(np.abs(total - 1) <= 1e-8), "volume fractions of a cell sum to 1")
        rho, p = np.broadcast_to(rho, vf.shape), np.broadcast_to(p, vf.shape)
        present = vf > 0
        _refuse("rho", rho, present & ~(np.isfinite(rho) & (rho > 0)), "densities are positive")
        _refuse("p", p, present & ~np.isfinite(p), "pressures are finite")
        state = cls.zeros(*vf.shape)
        state.a[...] = vf / total
        np.multiply(state.a, rho, out=state.m, where=present)
        for k, material in enumerate(materials):
            energy = material.internal_energy(rho[k], p[k])
            _refuse(f"internal energy of {material.name}", energy, present[k] & ~(energy > 0), "it is positive")
            np.multiply(state.a[k], energy, out=state.I[k], where=present[k])
        state.owner[...] = owners(state.a)
        mass = state.density()
        for name, momentum, velocity in (("u", state.mx, u), ("v", state.my, v)):
            velocity = np.broadcast_to(velocity, mass.shape)
            _refuse(name, velocity, ~np.isfinite(velocity), "velocities are finite")
            np.multiply(mass, velocity, out=momentum)
        return state

    @property
    def nmat(self) -> int:
        """Number of materials."""
        return int(self.a.shape[0])

    @property
    def shape(self) -> tuple[int, int]:
        """(ny, nx)."""
        return self.mx.shape[0], self.mx.shape[1]

    def density(self) -> Array:
        """(ny, nx), sum of the masses."""
        density = np.asarray(self.m.sum(axis=0))
        mixed = self.mixed_cells()
        if self.nmat > 2 and mixed.size:
            density.ravel()[mixed] = over_materials(self.m.reshape(self.nmat, -1)[:, mixed])
        return density

    def kinetic_energy(self) -> Array:
        """(ny, nx), per volume."""
        return np.asarray((self.mx**2 + self.my**2) / (2 * self.density()))

    def totals(self, cell_area: float = 1.0) -> Array:
        """(nmat + 3,) mass of each material, momentum along x and y, total energy of the box."""
        mass = self.m.sum(axis=(1, 2))
        energy = self.I.sum() + self.kinetic_energy().sum()
        return np.array([*mass, self.mx.sum(), self.my.sum(), energy]) * cell_area

    def renumbered(self, numbering: Sequence[int]) -> State:
        """A copy whose material k is this one's `numbering[k]`."""
        a, m, energy = (q[list(numbering)] for q in (self.a, self.m, self.I))
        return State(a, m, energy, self.mx.copy(), self.my.copy(), owners(a))

    def mixed_cells(self) -> Array:
        """Flat indices of the cells that hold more than one material."""
        if self.nmat == 1:
            return np.zeros(0, np.int64)
        return np.flatnonzero(self.owner.ravel() < 0)

    def arrays(self) -> dict[str, Array]:
        """The stored arrays by name, not copied."""
        return {name: getattr(self, name) for name in NAMES}

    def load(self, arrays: dict[str, Array]) -> None:
        """Take over the content of `arrays()` of a state of the same shape.

        Raises
        ------
        ValueError
            When a name is missing or a shape differs.
        """
        for name in NAMES:
            target = getattr(self, name)
            if name not in arrays or arrays[name].shape != target.shape:
                found = arrays[name].shape if name in arrays else "nothing"
                raise ValueError(f"array {name} of the checkpoint has shape {found}, the problem needs {target.shape}")
            target[...] = arrays[name]
        self.owner[...] = owners(self.a)


def owners(a: Array) -> Array:
    """Material of each pure cell or -1, int8; pure means that exactly one fraction is not zero. a is (nmat, ...)."""
    present = a > 0
    return np.where(present.sum(axis=0) == 1, present.argmax(axis=0), -1).astype(np.int8)


def _refuse(name: str, values: Array, bad: Array, rule: str) -> None:
    """ValueError naming the first bad value, if there is one."""
    if bad.any():
        index = tuple(int(i) for i in np.argwhere(bad)[0])
        where = ", ".join(map(str, index))
        raise ValueError(f"{name}[{where}] = {values[index]}: {rule}")
