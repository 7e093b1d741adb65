"""Training of stencil nets: random shapes and flows, harvest, nets, in-loop scores. Needs torch."""
