"""Faults that nothing we can make causes in real processes: they are put where a function is called."""

import textwrap
from pathlib import Path

_PATCH = """
import ctypes, importlib.abc, importlib.util, os, sys, time

def spoil(module):
    real = module.{function}
    def spoilt(*given, **named):
{fault}
        return real(*given, **named)
    module.{function} = spoilt

class Finder(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path, target=None):
        if name != "{module}":
            return None
        sys.meta_path.remove(self)
        spec = importlib.util.find_spec(name)
        run = spec.loader.exec_module
        def exec_module(module):
            run(module)
            spoil(module)
        spec.loader.exec_module = exec_module
        return spec

sys.meta_path.insert(0, Finder())
"""


def spoil_decoder(folder: Path, fault: str) -> dict[str, str]:
    """Return what has to stand in the environment of a process that does this before it opens `path`."""
    return _spoil(folder, "musicai.audio.track", "open_track", f"path = given[0]\n{textwrap.dedent(fault)}")


def slow_lessons(folder: Path, seconds: float) -> dict[str, str]:
    """Return the environment of a process that rests before each epoch.

    A fault meets a run in the middle, on any machine, and a run that is only there costs nobody the core.
    """
    return _spoil(folder, "musicai.training.loop", "_epoch", f"time.sleep({seconds})")


def _spoil(folder: Path, module: str, function: str, fault: str) -> dict[str, str]:
    folder.mkdir(exist_ok=True)
    lines = textwrap.indent(fault.strip(), " " * 8)
    (folder / "sitecustomize.py").write_text(_PATCH.format(module=module, function=function, fault=lines))
    return {"PYTHONPATH": str(folder)}
