"""Faults that no file we can make causes in today's decoders: they are put where the decoder is called."""

import textwrap
from pathlib import Path

_PATCH = """
import ctypes, importlib.abc, importlib.util, os, sys, time

def spoil(module):
    real = module.open_track
    def open_track(path, **given):
{fault}
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
            spoil(module)
        spec.loader.exec_module = exec_module
        return spec

sys.meta_path.insert(0, Finder())
"""


def spoil_decoder(folder: Path, fault: str) -> dict[str, str]:
    """Return what has to stand in the environment of a process that does this before it opens `path`."""
    folder.mkdir(exist_ok=True)
    lines = textwrap.indent(textwrap.dedent(fault).strip(), " " * 8)
    (folder / "sitecustomize.py").write_text(_PATCH.format(fault=lines))
    return {"PYTHONPATH": str(folder)}
