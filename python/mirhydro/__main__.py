"""`python -m mirhydro` is the command line; with --cmake-dir it prints where find_package finds this copy."""

from __future__ import annotations

import sys

from .cli import main

if __name__ == "__main__":
    sys.exit(main())
