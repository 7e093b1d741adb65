"""Steps 1 to 5: cell means, face states, acoustic Godunov solver, Lagrangian phase.

The mesh follows the fluid along one axis for a time step. Second order in space and time: limited slopes of p and
u, half a step ahead in the Lagrangian frame (MUSCL-Hancock), then the acoustic Riemann solver. Only p and u need
slopes, both are continuous through a contact, so nothing here asks for a material except the equation of state.
Sources: van Leer, J. Comput. Phys. 32 (1979) 101; Toro, Riemann Solvers, ch. 9; Heuze, Jaouen & Jourdren, J. Comput.
Phys. 228 (2009) 833.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from . import closure
from .eos import Array, Material
from .mesh import Axis, Mesh, inner
from .scratch import Scratch
from .state import State
from .sums import over_materials

TINY = 1e-300  # makes 0/0 of the limiter 0 without a branch


@dataclass
class CellMeans:
    """What the face states are made of, each with ghosts; `u` is the velocity along the sweep, `v` the other."""

    density: Array
    energy: Array
    u: Array
    v: Array
    pressure: Array
    bulk: Array

    @classmethod
    def on(cls, mesh: Mesh) -> CellMeans:
        """Arrays for a mesh."""
        return cls(*(mesh.with_ghosts() for _ in range(6)))

    def update(self, materials: Sequence[Material], state: State, mesh: Mesh, axis: Axis, scratch: Scratch) -> None:
        """Step 2: densities, velocities, compressibility-weighted pressure and Wood's modulus of every cell."""
        along, across = (state.mx, state.my) if axis.name == "x" else (state.my, state.mx)
        fields = [inner(q) for q in (self.density, self.energy, self.u, self.v, self.pressure, self.bulk)]
        for j0, j1 in mesh.row_blocks():
            density, energy, u, v, pressure, bulk = (q[j0:j1] for q in fields)
            _sum_over_materials(state.m[:, j0:j1], density)
            _sum_over_materials(state.I[:, j0:j1], energy)
            np.divide(along[j0:j1], density, out=u)
            np.divide(across[j0:j1], density, out=v)
            _pure_pressures(materials, state.owner[j0:j1], density, energy, (pressure, bulk), scratch)
        mixed = state.mixed_cells()
        if mixed.size:
            a, m, i = (q.reshape(state.nmat, -1)[:, mixed] for q in (state.a, state.m, state.I))
            at = mesh.padded_index(mixed)
            self.pressure.ravel()[at], self.bulk.ravel()[at] = closure.cell_means(materials, a, m, i)
            if state.nmat > 2:  # sums of two commute
                density = over_materials(m)
                self.density.ravel()[at], self.energy.ravel()[at] = density, over_materials(i)
                self.u.ravel()[at], self.v.ravel()[at] = along.ravel()[mixed] / density, across.ravel()[mixed] / density

    def fill_ghosts(self, axis: Axis) -> None:
        """Step 1. The normal velocity of a wall's mirror image is negated: the face velocity is 0 to the bit."""
        for q in (self.density, self.energy, self.v, self.pressure, self.bulk):
            axis.fill_ghosts(q)
        axis.fill_ghosts(self.u, odd=True)


@dataclass
class LagrangianCells:
    """The cells at the end of the Lagrangian phase, relative to the cells of the mesh; those above `face` with ghosts.

    `volume` in mesh cells; `energy` internal, per mesh cell; `u` along the sweep; `heat` change of internal energy and
    `pressure` mean of the face pressures, (ny, nx); on faces: `shift` = distance moved in cell widths of the mesh, and
    `displacement` = the same in widths of the Lagrangian donor.
    """

    volume: Array
    energy: Array
    u: Array
    heat: Array
    pressure: Array
    shift: Array
    displacement: Array

    @classmethod
    def on(cls, mesh: Mesh, axis: Axis) -> LagrangianCells:
        """Arrays for sweeps along one axis of a mesh."""
        padded = (mesh.with_ghosts() for _ in range(3))
        return cls(*padded, *(np.zeros(mesh.shape) for _ in range(2)), *(np.zeros(axis.face_shape) for _ in range(2)))

    def advance(self, means: CellMeans, axis: Axis, ratio: float, scratch: Scratch) -> bool:
        """Steps 3 to 5 on all cells; ratio is dt/h. False when the step is too long to be remapped (step 7).

        A cell must keep a fifth of its volume, and less than all of it may flow out.
        """
        for j0, j1 in axis.mesh.row_blocks():
            if not _advance_block(self, means, axis, ratio, (j0, j1), scratch):
                return False
        for q in (self.volume, self.energy):
            axis.fill_ghosts(q)
        axis.fill_ghosts(self.u, odd=True)
        self._displace(axis)
        return True

    def _displace(self, axis: Axis) -> None:
        """Step 7: the shift of each face in widths of its donor, the left cell where it moves right."""
        for j0, j1 in axis.mesh.row_blocks():
            shift, out = axis.face_block(self.shift, j0, j1), axis.face_block(self.displacement, j0, j1)
            volume = axis.block(self.volume, j0, j1)
            below, above = axis.along(volume, 1, -2), axis.along(volume, 2, -1)
            np.copyto(out, above)
            np.copyto(out, below, where=shift > 0)
            np.divide(shift, out, out=out)


def limited_slopes(q: Array, axis: Axis, scratch: Scratch) -> Array:
    """van Leer's mean 2 a b/(a + b) of the differences to either side, 0 at extrema; two cells shorter than q."""
    difference = _like(axis, q, -1, scratch)
    np.subtract(axis.along(q, 1, None), axis.along(q, 0, -1), out=difference)
    low, high = axis.along(difference, 0, -1), axis.along(difference, 1, None)
    total, slope = scratch.take(low.shape), scratch.take(low.shape)
    np.add(low, high, out=total)
    np.multiply(low, high, out=slope)
    np.maximum(slope, 0.0, out=slope)
    slope *= total
    slope *= 2.0
    total *= total
    total += TINY
    slope /= total
    return slope


def _advance_block(
    cells: LagrangianCells, means: CellMeans, axis: Axis, ratio: float, rows: tuple[int, int], scratch: Scratch
) -> bool:
    """Steps 3 to 5 on a block of rows."""
    scratch.reset()
    u_face, p_face = _face_states(means, axis, ratio, rows, scratch)
    density, energy, u = (axis.along(axis.block(q, *rows), 2, -2) for q in (means.density, means.energy, means.u))
    volume, energy_after, u_after = (
        axis.along(axis.block(q, *rows), 2, -2) for q in (cells.volume, cells.energy, cells.u)
    )
    heat, pressure = cells.heat[slice(*rows)], cells.pressure[slice(*rows)]
    work, change = scratch.take(u.shape), scratch.take(u.shape)
    p_low, p_high = axis.along(p_face, 0, -1), axis.along(p_face, 1, None)

    np.add(p_low, p_high, out=pressure)
    pressure *= 0.5
    np.subtract(p_high, p_low, out=change)  # u^L = u - la (p*_R - p*_L)/r
    change *= ratio
    change /= density
    np.subtract(u, change, out=u_after)

    p_face *= u_face  # dI = -la (p*_R u*_R - p*_L u*_L) - r (u^L - u)(u^L + u)/2
    np.subtract(p_low, p_high, out=heat)
    heat *= ratio
    np.add(u_after, u, out=work)
    work *= change
    work *= density
    work *= 0.5
    heat += work
    np.add(energy, heat, out=energy_after)

    u_face *= ratio
    axis.face_block(cells.shift, *rows)[...] = u_face
    low, high = axis.along(u_face, 0, -1), axis.along(u_face, 1, None)
    np.subtract(high, low, out=volume)  # V^L = 1 + la (u*_R - u*_L)
    volume += 1.0
    np.maximum(high, 0.0, out=work)
    np.minimum(low, 0.0, out=change)
    work -= change  # outflow
    work -= volume
    return bool(volume.min() > 0.2 and work.max() < 0.0)


def _face_states(
    means: CellMeans, axis: Axis, ratio: float, rows: tuple[int, int], scratch: Scratch
) -> tuple[Array, Array]:
    """Velocity and pressure u*, p* of the block's faces (steps 3 and 4)."""
    padded = [axis.block(q, *rows) for q in (means.u, means.pressure, means.bulk, means.density)]
    du, dp = limited_slopes(padded[0], axis, scratch), limited_slopes(padded[1], axis, scratch)
    u, p, bulk, density = (axis.along(q, 1, -1) for q in padded)
    u_half, p_half, z = (scratch.take(u.shape) for _ in range(3))
    np.multiply(bulk, du, out=p_half)  # p^ = -la/2 K Du,  u^ = -la/2 Dp/r
    p_half *= -0.5 * ratio
    np.divide(dp, density, out=u_half)
    u_half *= -0.5 * ratio
    np.multiply(density, bulk, out=z)
    np.sqrt(z, out=z)
    du *= 0.5
    dp *= 0.5
    u_left, u_right = _edges(u, du, u_half, axis, scratch)
    p_left, p_right = _edges(p, dp, p_half, axis, scratch)
    return _acoustic(axis, z, (u_left, u_right), (p_left, p_right), scratch)


def _edges(q: Array, half_slope: Array, ahead: Array, axis: Axis, scratch: Scratch) -> tuple[Array, Array]:
    """State left of each face (upper edge of the cell below) and right of it; half_slope and ahead are used up."""
    upper = scratch.take(q.shape)
    np.add(q, half_slope, out=upper)
    upper += ahead
    np.subtract(q, half_slope, out=half_slope)
    half_slope += ahead
    return axis.along(upper, 0, -1), axis.along(half_slope, 1, None)


def _acoustic(
    axis: Axis, z: Array, u: tuple[Array, Array], p: tuple[Array, Array], scratch: Scratch
) -> tuple[Array, Array]:
    """u* and p* of the linearised Riemann problem between states (left, right) with impedances z = rho c."""
    left, right = axis.along(z, 0, -1), axis.along(z, 1, None)
    u_star, p_star, total, term = (scratch.take(left.shape) for _ in range(4))
    np.add(left, right, out=total)
    np.multiply(left, u[0], out=u_star)  # u* = ((zL uL + zR uR) + (pL - pR))/(zL + zR)
    np.multiply(right, u[1], out=term)
    u_star += term
    np.subtract(p[0], p[1], out=term)
    u_star += term
    u_star /= total
    np.multiply(right, p[0], out=p_star)  # p* = ((zR pL + zL pR) + zL zR (uL - uR))/(zL + zR)
    np.multiply(left, p[1], out=term)
    p_star += term
    np.multiply(left, right, out=term)  # first, so that a mirrored field gives mirrored bits
    term *= np.subtract(u[0], u[1], out=scratch.take(left.shape))
    p_star += term
    p_star /= total
    return u_star, p_star


def _like(axis: Axis, q: Array, extra: int, scratch: Scratch) -> Array:
    """Scratch shaped like the block q, `extra` longer along the axis."""
    rows, columns = q.shape
    return scratch.take((rows, columns + extra) if axis.name == "x" else (rows + extra, columns))


def _sum_over_materials(q: Array, out: Array) -> None:
    """Sum over the first axis, in its order, which matters in mixed cells only."""
    if len(q) == 1:
        out[...] = q[0]
        return
    np.add(q[0], q[1], out=out)
    for k in range(2, len(q)):
        out += q[k]


def _pure_pressures(
    materials: Sequence[Material],
    owner: Array,
    density: Array,
    energy: Array,
    out: tuple[Array, Array],
    scratch: Scratch,
) -> None:
    """Pressure and modulus of the pure cells of a block, into `out`; mixed cells keep what was there."""
    first, last = int(owner.min()), int(owner.max())
    if first == last and first >= 0:
        materials[first].pressure_bulk(density, energy, *out)
        return
    for k, material in enumerate(materials):
        mine = owner == k
        if mine.any():
            scratch.reset()
            p, bulk = material.pressure_bulk(density, energy, scratch.take(owner.shape), scratch.take(owner.shape))
            np.copyto(out[0], p, where=mine)
            np.copyto(out[1], bulk, where=mine)
