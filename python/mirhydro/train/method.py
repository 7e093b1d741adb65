"""The method from features to volumes in PyTorch, for training: what cpp/src/reconstruct does, with gradients."""

from __future__ import annotations

import torch
from torch import Tensor

from mirhydro.train.areas import matched
from mirhydro.train.fields import Fields
from mirhydro.train.network import turn_table

Said = tuple[Tensor, Tensor]  #: what a net answers: corrections in units of rho, arguments of weights


def _tamed(phi: Tensor) -> Tensor:
    """The same; where a level set is nearly flat, its cell's gradient is held to a few times the usual one."""

    def limit(gradient: Tensor) -> Tensor:
        size = gradient.abs().sum(1)
        usual = size[size > 0].median() if bool((size > 0).any()) else size.sum()
        by = (4 * usual / size.clamp_min(1e-30)).clamp_max(1)
        return torch.nan_to_num(gradient * by[:, None], 0.0, 0.0, 0.0)

    if phi.requires_grad:
        phi.register_hook(limit)
    return phi


def level_sets(said: Said | None, data: Fields) -> Tensor:
    """Level sets (cells, (K+1)^2) with shared nodes and their volumes; without a net's word those of the base."""
    base, weight = data.base, data.weight
    if said is not None:
        corrections, confidence = said
        index, sign = turn_table(data.K, str(base.device))
        turned = sign[data.code] * torch.gather(corrections, 1, index[data.code])
        base = base + data.reach[:, None] * turned
        heard = data.voice * confidence
        weight = weight * (heard + torch.sqrt(1 + heard**2))
    # in units of a cell, as lengths of a mesh of n cells are 1/n of the square
    base = _tamed(base)
    own = matched(base, data.vf, data.K, coarse=True)
    node = data.sharing.reshape(-1)
    count = int(data.first_node[-1])
    heavy = weight[:, None].expand_as(own).reshape(-1)
    sums = own.new_zeros(count).index_add(0, node, heavy * own.reshape(-1))
    weights = own.new_zeros(count).index_add(0, node, heavy)
    shared = _tamed((sums / weights)[data.sharing])
    return _tamed(matched(shared, data.vf, data.K))
