"""2D multi-material Lagrange-remap hydro solver: an example of a host code, and the proof that the methods work in one.

    from mirhydro.hydro2d.problems import PROBLEMS
    run = PROBLEMS["triple-point"].start(cells=140, method="elvira", cfl=0.5)
    run.run(until=5.0)

Read `solver.py` first: its time step is the scheme. Cost: about .4 us per cell and step with three materials.
"""
