"""Steps 9 to 11 as one fluid: fluxes of mass, energy and momentum from the Lagrangian cells back to the mesh.

Mass and internal energy go with the swept volumes, momentum and kinetic energy with the mass. What the averaging of
velocities takes from the kinetic energy becomes heat (without it the strong tube does not converge).
Sources: DeBar, UCIR-760 (1974); Benson, Comput. Methods Appl. Mech. Eng. 99 (1992) 235.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .eos import Array
from .interface import FaceFluxes
from .lagrange import CellMeans, LagrangianCells, limited_slopes
from .mesh import Axis
from .scratch import Scratch
from .state import State
from .sums import over_materials


@dataclass
class Remap:
    """Fluxes through all faces of one axis and the kinetic-energy defect of all cells."""

    mass: Array
    energy: Array
    defect: Array

    @classmethod
    def on(cls, axis: Axis) -> Remap:
        """Arrays for sweeps along an axis."""
        return cls(np.zeros(axis.face_shape), np.zeros(axis.face_shape), np.zeros(axis.mesh.shape))

    def flux(self, means: CellMeans, cells: LagrangianCells, axis: Axis, scratch: Scratch) -> None:
        """Step 9 as if every face had one material on both sides: densities at the swept volume's middle."""
        for rows in axis.mesh.row_blocks():
            scratch.reset()
            volume = axis.block(cells.volume, *rows)
            shift = axis.face_block(cells.shift, *rows)
            upwards = shift > 0
            lever = scratch.take(shift.shape)
            np.abs(axis.face_block(cells.displacement, *rows), out=lever)
            _levers(lever)
            density = scratch.take(volume.shape)
            for content, flux in ((means.density, self.mass), (cells.energy, self.energy)):
                np.divide(axis.block(content, *rows), volume, out=density)
                at_face = _upwind(density, lever, upwards, axis, scratch)
                np.multiply(at_face, shift, out=axis.face_block(flux, *rows))

    def replace(self, near: FaceFluxes, axis: Axis) -> None:
        """Put the sums of the materials' own fluxes where there are several."""
        self.mass.ravel()[near.faces] = over_materials(near.mass)
        self.energy.ravel()[near.faces] = over_materials(near.energy)
        axis.join_ends(self.mass)
        axis.join_ends(self.energy)

    def update(
        self, means: CellMeans, cells: LagrangianCells, axis: Axis, old: State, new: State, scratch: Scratch
    ) -> bool:
        """Steps 10 and 11: momenta everywhere, masses and energies of pure cells; `defect` for the others.

        False when a cell has no internal energy left: behind second-order fluxes the defect can be negative (.4% of the
        energy at shocks, 4% in a double rarefaction, more in noise at Mach 30), and shrinks with the time step.
        """
        along, across = (new.mx, new.my) if axis.name == "x" else (new.my, new.mx)
        for j0, j1 in axis.mesh.row_blocks():
            scratch.reset()
            momenta = (along[j0:j1], across[j0:j1])
            density, energy = self._update_block(means, cells, axis, (j0, j1), momenta, scratch)
            if not energy.min() > 0:
                return False
            if old.nmat == 1:
                new.m[0, j0:j1], new.I[0, j0:j1] = density, energy
                continue
            for k in range(old.nmat):
                np.multiply(old.a[k, j0:j1], density, out=new.m[k, j0:j1])
                np.multiply(old.a[k, j0:j1], energy, out=new.I[k, j0:j1])
        return True

    def _update_block(
        self,
        means: CellMeans,
        cells: LagrangianCells,
        axis: Axis,
        rows: tuple[int, int],
        momenta: tuple[Array, Array],
        scratch: Scratch,
    ) -> tuple[Array, Array]:
        """New density and internal energy of a block as one fluid; momenta are written."""
        mass = axis.face_block(self.mass, *rows)
        padded_density = axis.block(means.density, *rows)
        padded_u, padded_v = axis.block(cells.u, *rows), axis.block(means.v, *rows)
        u_face, v_face = _face_velocities(mass, padded_density, (padded_u, padded_v), axis, scratch)
        density, u, v = (axis.along(q, 2, -2) for q in (padded_density, padded_u, padded_v))

        new_density, new_energy, kinetic, term = (scratch.take(density.shape) for _ in range(4))
        face_term = scratch.take(mass.shape)
        _after(density, mass, axis, scratch, new_density)
        energy = axis.along(axis.block(cells.energy, *rows), 2, -2)
        _after(energy, axis.face_block(self.energy, *rows), axis, scratch, new_energy)

        np.multiply(u_face, u_face, out=face_term)  # kinetic energy carried: DM (u^2 + v^2)/2
        squares = scratch.take(mass.shape)
        np.multiply(v_face, v_face, out=squares)
        face_term += squares
        face_term *= mass
        np.multiply(u, u, out=kinetic)
        np.multiply(v, v, out=term)
        kinetic += term
        kinetic *= density
        _after(kinetic, face_term, axis, scratch, kinetic)

        for momentum, velocity, face_velocity in ((momenta[0], u, u_face), (momenta[1], v, v_face)):
            face_velocity *= mass
            np.multiply(density, velocity, out=term)
            _after(term, face_velocity, axis, scratch, momentum)
        np.multiply(momenta[0], momenta[0], out=term)  # defect = kinetic energy carried - that of the new momentum
        squares = axis.along(squares, 0, -1)
        np.multiply(momenta[1], momenta[1], out=squares)
        term += squares
        term /= new_density
        defect = self.defect[slice(*rows)]
        np.subtract(kinetic, term, out=defect)
        defect *= 0.5
        new_energy += defect
        return new_density, new_energy


def _levers(swept: Array) -> None:
    """(1 - w)/2 in place: the swept volume's middle lies this far beyond the donor's centre."""
    np.subtract(1.0, swept, out=swept)
    swept *= 0.5


def _upwind(q: Array, lever: Array, upwards: Array, axis: Axis, scratch: Scratch) -> Array:
    """Value carried through each face: the donor's, moved along its limited slope. q is a block with ghosts."""
    slopes = limited_slopes(q, axis, scratch)
    carried, from_below = scratch.take(lever.shape), scratch.take(lever.shape)
    np.multiply(axis.along(slopes, 1, None), lever, out=carried)
    np.subtract(axis.along(q, 2, -1), carried, out=carried)
    np.multiply(axis.along(slopes, 0, -1), lever, out=from_below)
    from_below += axis.along(q, 1, -2)
    np.copyto(carried, from_below, where=upwards)
    return carried


def _face_velocities(
    mass: Array, density: Array, velocities: tuple[Array, Array], axis: Axis, scratch: Scratch
) -> tuple[Array, Array]:
    """Velocities carried by the mass flux: limited slopes in the mass coordinate. density with ghosts."""
    upwards = mass > 0
    lever, donor = scratch.take(mass.shape), scratch.take(mass.shape)
    np.copyto(donor, axis.along(density, 2, -1))
    np.copyto(donor, axis.along(density, 1, -2), where=upwards)
    np.abs(mass, out=lever)
    lever /= donor
    _levers(lever)
    return _upwind(velocities[0], lever, upwards, axis, scratch), _upwind(velocities[1], lever, upwards, axis, scratch)


def _after(content: Array, flux: Array, axis: Axis, scratch: Scratch, out: Array) -> None:
    """content - (flux through the high face - flux through the low face)."""
    leaving = scratch.take(content.shape)
    np.subtract(axis.along(flux, 1, None), axis.along(flux, 0, -1), out=leaving)
    np.subtract(content, leaving, out=out)
