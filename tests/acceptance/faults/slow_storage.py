"""Storage that takes its time over each file: a job that a fault can meet in the middle, on any machine."""

from pathlib import Path

# put where the decoder is called: no file that is read from a local disk is slow
_PATCH = """
import importlib.abc, importlib.util, sys, time

def slow_down(module):
    real = module.open_track
    def open_track(path, **given):
        time.sleep({seconds})
        return real(path, **given)
    module.open_track = open_track

class Finder(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path, target=None):
        if name != "musicai.audio.track":
            return None
        sys.meta_path.remove(self)
        spec = importlib.util.find_spec(name)
        run = spec.loader.exec_module
        def exec_module(module):
            run(module)
            slow_down(module)
        spec.loader.exec_module = exec_module
        return spec

sys.meta_path.insert(0, Finder())
"""


def slow_storage(folder: Path, seconds: float) -> dict[str, str]:
    """Return what has to stand in the environment of a process for which each file takes so long."""
    folder.mkdir(exist_ok=True)
    (folder / "sitecustomize.py").write_text(_PATCH.format(seconds=seconds))
    return {"PYTHONPATH": str(folder)}
