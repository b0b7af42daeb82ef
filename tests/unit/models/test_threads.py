import json
import os
import subprocess
import sys

from tests.waiting import PATIENCE_S

LOOK = """
import json, torch
from threadpoolctl import threadpool_info
from musicai.models.threads import use_threads
use_threads(2)
found = [one["num_threads"] for one in threadpool_info() if one["user_api"] == "blas"]
print(json.dumps([torch.get_num_threads(), found]))
"""


def test_numpy_keeps_to_one_core_whatever_torch_may_use():
    environ = {name: value for name, value in os.environ.items() if not name.endswith("_NUM_THREADS")}
    run = subprocess.run(
        [sys.executable, "-c", LOOK], env=environ, capture_output=True, check=True, timeout=PATIENCE_S
    )
    torch_threads, blas = json.loads(run.stdout)
    assert torch_threads == 2
    assert set(blas) == {1}
