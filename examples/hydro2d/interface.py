"""Steps 8 to 11 for the cells near an interface: fluxes and new content of each material, in compact arrays.

Far from interfaces a cell holds one material whatever the number of materials, and `remap` treats all of it as one
fluid. Here is the rest: mixed cells, and pure cells whose neighbour along the sweep is mixed or another material's.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from .eos import Array
from .lagrange import TINY, LagrangianCells
from .mesh import Axis
from .state import State, owners
from .sums import over_materials


class Flushed(Protocol):
    """Materials that left their cell entirely: cells (k, 2) j, i; material (k,); share (k, 2) low and high face."""

    @property
    def cells(self) -> Any: ...
    @property
    def material(self) -> Any: ...
    @property
    def share(self) -> Any: ...


@dataclass
class MixedContent:
    """Volume fractions and internal energies, (nmat, q), of the q mixed cells after the Lagrangian phase."""

    cells: Array
    fractions: Array
    energy: Array


@dataclass
class FaceFluxes:
    """Signed volume (mesh cells), mass and internal energy of each material through `faces`, (nmat, q) each."""

    faces: Array
    volume: Array
    mass: Array
    energy: Array


class InterfaceCells:
    """The cells near an interface along one axis, and what passes through their faces in one sweep."""

    def __init__(self, state: State, axis: Axis, fractions: Array, mixed: MixedContent) -> None:
        """Find the cells. `fractions` (nmat, ny, nx) is the field that was reconstructed."""
        self.axis, self.mesh = axis, axis.mesh
        self.nmat, self.state = state.nmat, state
        self.fractions = fractions.reshape(self.nmat, -1)
        self.mass = state.m.reshape(self.nmat, -1)
        self.owner = state.owner.ravel()
        self.cells = np.flatnonzero(_near_interface(state.owner, axis))
        self._mixed = mixed
        self._row = np.full(self.owner.size, -1, np.int32)
        self._row[mixed.cells] = np.arange(mixed.cells.size, dtype=np.int32)
        self._low, self._high = axis.low_face(self.cells), axis.high_face(self.cells)

    def fluxes(self, swept: Array, flushed: Flushed, lagrangian: LagrangianCells) -> FaceFluxes:
        """Fluxes through the faces of the cells.

        Parameters
        ----------
        swept : (nmat, faces) volumes that the reconstruction swept out, cleaned, in donor-cell areas
        flushed : what left entirely; its mass and energy leave in the same shares
        """
        self._lagrangian = lagrangian
        faces = self._unique_faces()
        self._position = np.empty(lagrangian.shift.size, np.int32)
        self._position[faces] = np.arange(faces.size, dtype=np.int32)
        below, above = self.axis.cells_of_faces(faces)
        shift = lagrangian.shift.ravel()[faces]
        displacement = lagrangian.displacement.ravel()[faces]
        upwards = shift > 0
        donor = np.where(upwards, below, above)
        volume = swept.reshape(self.nmat, -1)[:, faces]
        volume *= self._volume(donor)
        flux = FaceFluxes(faces, volume, np.zeros_like(volume), np.zeros_like(volume))
        pure = self.owner[donor] >= 0
        self._from_pure(flux, np.flatnonzero(pure), donor[pure], displacement[pure], upwards[pure])
        self._from_mixed(flux, np.flatnonzero(~pure), donor[~pure])
        self._flush(flux, flushed)
        return flux

    def update(self, flux: FaceFluxes, flushed: Flushed, defect: Array, new: State) -> None:
        """Steps 10 and 11: write fractions, masses, energies and owners of the cells into `new`.

        defect : (ny, nx) kinetic energy that the remap of the velocities has turned into heat
        """
        low, high = self._position[self._low], self._position[self._high]
        slot = np.full(self.owner.size, -1, np.int32)
        slot[self.cells] = np.arange(self.cells.size, dtype=np.int32)
        gone = (np.asarray(flushed.material), slot[self._flat(flushed.cells)])
        before = (
            self.fractions[:, self.cells] * self._volume(self.cells),
            self.mass[:, self.cells],
            self._energy(self.cells),
        )
        after = []
        for content, through in zip(before, (flux.volume, flux.mass, flux.energy), strict=True):
            entering, leaving = through[:, low], through[:, high]
            content = content - (leaving - entering)
            content[gone] = np.maximum(entering[gone], 0.0) - np.minimum(leaving[gone], 0.0)  # the inflow alone
            after.append(content)
        volume, mass, energy = after
        np.maximum(volume, 0.0, out=volume)
        fractions = volume / over_materials(volume)
        heat = defect.ravel()[self.cells]
        total, mass_of_all = over_materials(energy), over_materials(mass)
        energy = np.where(heat > 0, energy + mass * (heat / mass_of_all), energy * (1.0 + heat / total))
        for target, values in ((new.a, fractions), (new.m, mass), (new.I, energy)):
            target.reshape(self.nmat, -1)[:, self.cells] = values
        new.owner.ravel()[self.cells] = owners(fractions)

    def _unique_faces(self) -> Array:
        """Sorted flat indices of the cells' faces; of a periodic end the first face only."""
        wanted = np.zeros(self._lagrangian.shift.size, bool)
        wanted[self._low] = True
        wanted[self._high] = True
        return np.flatnonzero(wanted)

    def _flat(self, cells: Array) -> Array:
        """Flat index of (k, 2) cells j, i."""
        return np.asarray(cells[:, 0], np.int64) * self.mesh.nx + cells[:, 1]

    def _volume(self, cells: Array) -> Array:
        """Lagrangian volume of cells."""
        return self._lagrangian.volume.ravel()[self.mesh.padded_index(cells)]

    def _energy(self, cells: Array) -> Array:
        """Internal energy of each material after the Lagrangian phase, (nmat, q)."""
        energy = self._lagrangian.energy.ravel()[self.mesh.padded_index(cells)]
        values = self.fractions[:, cells] * energy  # a pure cell's fractions are 0 and 1
        row = self._row[cells]
        mixed = np.flatnonzero(row >= 0)
        values[:, mixed] = self._mixed.energy[:, row[mixed]]
        return np.asarray(values)

    def _energy_of(self, material: Array, cells: Array) -> Array:
        """Internal energy of one material per cell, (q,)."""
        energy = self._lagrangian.energy.ravel()[self.mesh.padded_index(cells)] * self.fractions[material, cells]
        row = self._row[cells]
        mixed = np.flatnonzero(row >= 0)
        energy[mixed] = self._mixed.energy[material[mixed], row[mixed]]
        return np.asarray(energy)

    def _from_pure(self, flux: FaceFluxes, at: Array, donor: Array, displacement: Array, upwards: Array) -> None:
        """Step 9 from pure donors: slopes of the material's own densities where both neighbours hold it too."""
        k = self.owner[donor].astype(np.intp)
        neighbours = (self.axis.lower(donor), donor, self.axis.upper(donor))
        volumes = [self.fractions[k, cells] * self._volume(cells) for cells in neighbours]
        held = (volumes[0] > 0) & (volumes[2] > 0)
        divisors = [np.where(v > 0, v, 1.0) for v in volumes]
        lever = np.where(upwards, 0.5, -0.5) * (1.0 - np.abs(displacement))
        swept = flux.volume[k, at]
        for target, content in ((flux.mass, lambda c: self.mass[k, c]), (flux.energy, lambda c: self._energy_of(k, c))):
            low, here, high = (content(c) / v for c, v in zip(neighbours, divisors, strict=True))
            slope = np.where(held, _harmonic(here - low, high - here), 0.0)
            target[k, at] = swept * (here + lever * slope)

    def _from_mixed(self, flux: FaceFluxes, at: Array, donor: Array) -> None:
        """Step 9 from mixed donors: first order, each material with its own density."""
        volume = self.fractions[:, donor] * self._volume(donor)
        divisor = np.where(volume > 0, volume, 1.0)
        flux.mass[:, at] = flux.volume[:, at] * (self.mass[:, donor] / divisor)
        flux.energy[:, at] = flux.volume[:, at] * (self._energy(donor) / divisor)

    def _flush(self, flux: FaceFluxes, flushed: Flushed) -> None:
        """Step 8: a material that leaves entirely takes all its mass and energy with it."""
        if not len(flushed.material):
            return
        cells = self._flat(flushed.cells)
        material = np.asarray(flushed.material, np.intp)
        mass, energy = self.mass[material, cells], self._energy_of(material, cells)
        faces = (self.axis.low_face(cells), self.axis.high_face(cells))
        for side, (face, sign) in enumerate(zip(faces, (-1.0, 1.0), strict=True)):
            share = np.asarray(flushed.share)[:, side]
            out = share > 0
            at = (material[out], self._position[face[out]])
            flux.mass[at] = sign * share[out] * mass[out]
            flux.energy[at] = sign * share[out] * energy[out]


def _near_interface(owner: Array, axis: Axis) -> Array:
    """Cells that are mixed or have a neighbour along the axis with another owner, (ny, nx) bool."""
    near = owner < 0
    changes = axis.along(owner, 1, None) != axis.along(owner, 0, -1)
    low, high = axis.along(near, 0, -1), axis.along(near, 1, None)
    low |= changes
    high |= changes
    if axis.periodic:
        first, last = axis.along(owner, 0, 1), axis.along(owner, axis.n - 1, axis.n)
        for end in (axis.along(near, 0, 1), axis.along(near, axis.n - 1, axis.n)):
            end |= first != last
    return near


def _harmonic(low: Array, high: Array) -> Array:
    """van Leer's slope, as in `lagrange.limited_slopes`."""
    total = low + high
    return np.asarray(2.0 * (np.maximum(low * high, 0.0) * total) / (total * total + TINY))
