"""Runs a bundle's model on DICOM files as MD.ai's server would, and writes what came of it.

``mmar2mdai run`` starts this in the bundle's own Python environment. The order comes as JSON on
stdin, what happens goes as a JSON object a line to stdout; see `mmar2mdai_run.protocol`.
"""

from __future__ import annotations

import sys

from mmar2mdai_run.main import main

if __name__ == "__main__":
    sys.exit(main())
