"""What docs/performance.md quotes. Run from the root: ``python -m benchmarks.clip``."""

import os

# one core each, as a worker process has it; numpy and torch read these once, when they are imported
for _name in ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMBA_NUM_THREADS"):
    os.environ[_name] = "1"
