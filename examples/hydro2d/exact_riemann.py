"""Exact solution of the Riemann problem between two stiffened gases.

Source: Toro, Riemann Solvers and Numerical Methods for Fluid Dynamics, ch. 4; p + pinf takes the place of p.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .eos import Array, StiffenedGas


@dataclass(frozen=True)
class GasState:
    """Density, velocity, pressure of one side and its gas."""

    rho: float
    u: float
    p: float
    gas: StiffenedGas

    @property
    def sound_speed(self) -> float:
        """c."""
        return float(np.sqrt(self.gas.gamma * (self.p + self.gas.pinf) / self.rho))


@dataclass(frozen=True)
class RiemannSolution:
    """Star pressure and velocity between two states."""

    left: GasState
    right: GasState
    p_star: float
    u_star: float

    def sample(self, speed: Array) -> tuple[Array, Array, Array, Array]:
        """Density, velocity, pressure and side (0 left, 1 right of the contact) at speed = (x - x0)/t."""
        speed = np.asarray(speed, float)
        side = (speed > self.u_star).astype(int)
        out = np.empty((3, *speed.shape))
        for number, (state, sign) in enumerate(((self.left, -1.0), (self.right, 1.0))):
            mine = side == number
            out[:, mine] = self._fan(state, sign, sign * speed[mine])
        return out[0], out[1], out[2], side

    def shock_speed(self, side: str) -> float:
        """Speed of the shock on "left" or "right"; ValueError where that wave is a rarefaction."""
        state, sign = (self.left, -1.0) if side == "left" else (self.right, 1.0)
        if self.p_star <= state.p:
            raise ValueError(f"the {side} wave is a rarefaction")
        return state.u + sign * _shock_mach(state, self.p_star) * state.sound_speed

    def star_density(self, side: str) -> float:
        """Density between the contact and the wave on "left" or "right"."""
        return _star_density(self.left if side == "left" else self.right, self.p_star)

    def _fan(self, state: GasState, sign: float, outward: Array) -> Array:
        """(3, n) density, velocity, pressure of one side at outward speeds."""
        g, q, c = state.gas.gamma, state.gas.pinf, state.sound_speed
        before = np.array([[state.rho], [state.u], [state.p]])
        behind = np.array([[self.star_density("left" if sign < 0 else "right")], [self.u_star], [self.p_star]])
        u = sign * state.u
        if self.p_star > state.p:
            return np.where(outward < u + _shock_mach(state, self.p_star) * c, behind, before)
        tail = sign * self.u_star + np.sqrt(g * (self.p_star + q) / behind[0, 0])
        velocity = 2 / (g + 1) * (-c + (g - 1) / 2 * u + outward)
        ratio = np.clip(outward - velocity, 1e-300, None) / c
        inside = np.stack(
            [
                state.rho * ratio ** (2 / (g - 1)),
                sign * velocity,
                (state.p + q) * ratio ** (2 * g / (g - 1)) - q,
            ]
        )
        return np.where(outward > u + c, before, np.where(outward < tail, behind, inside))


def solve(left: GasState, right: GasState) -> RiemannSolution:
    """Star state by Newton's method on the pressure.

    Raises
    ------
    ValueError
        When the states part so fast that a vacuum opens, or Newton does not converge.
    """
    lowest = -min(left.gas.pinf, right.gas.pinf)
    room = sum(2 * s.sound_speed / (s.gas.gamma - 1) for s in (left, right))
    if lowest == 0 and right.u - left.u >= room:
        raise ValueError(f"velocities {left.u} and {right.u}: a vacuum opens")
    p = max(0.5 * (left.p + right.p), 1e-8)
    for _ in range(200):
        (f_left, d_left), (f_right, d_right) = _velocity_jump(left, p), _velocity_jump(right, p)
        new = p - (f_left + f_right + right.u - left.u) / (d_left + d_right)
        if new <= lowest:
            new = 0.5 * (p + lowest)
        converged = abs(new - p) <= 1e-14 * abs(p)
        p = new
        if converged:
            break
    f_left, f_right = _velocity_jump(left, p)[0], _velocity_jump(right, p)[0]
    mismatch = abs(f_left + f_right + right.u - left.u)
    if not mismatch <= 1e-9 * (left.sound_speed + right.sound_speed):
        raise ValueError(f"the star pressure did not converge: velocities differ by {mismatch}")
    return RiemannSolution(left, right, p, 0.5 * (left.u + right.u) + 0.5 * (f_right - f_left))


def _velocity_jump(state: GasState, p: float) -> tuple[float, float]:
    """Velocity jump over the wave between `state` and pressure p, and its derivative."""
    g, q, c = state.gas.gamma, state.gas.pinf, state.sound_speed
    if p > state.p:
        a, b = 2 / ((g + 1) * state.rho), (g - 1) / (g + 1) * (state.p + q)
        s = float(np.sqrt(a / (p + q + b)))
        return (p - state.p) * s, s * (1 - 0.5 * (p - state.p) / (p + q + b))
    ratio = (p + q) / (state.p + q)
    return 2 * c / (g - 1) * (ratio ** ((g - 1) / (2 * g)) - 1), ratio ** (-(g + 1) / (2 * g)) / (state.rho * c)


def _shock_mach(state: GasState, p_star: float) -> float:
    """Mach number of the shock that raises the pressure to p_star."""
    g, q = state.gas.gamma, state.gas.pinf
    return float(np.sqrt((g + 1) / (2 * g) * (p_star + q) / (state.p + q) + (g - 1) / (2 * g)))


def _star_density(state: GasState, p_star: float) -> float:
    """Density behind the wave of one side."""
    g, q = state.gas.gamma, state.gas.pinf
    ratio = (p_star + q) / (state.p + q)
    if p_star > state.p:
        weak = (g - 1) / (g + 1)
        return state.rho * (ratio + weak) / (weak * ratio + 1)
    return float(state.rho * ratio ** (1 / g))
