"""Examines what only workers load: decoders and the model. In processes of their own.

The light side never imports them, and one that crashes while it is loaded must not end the doctor.
"""

import subprocess
import sys

from musicai.config import Settings
from musicai.services.finding import Finding, fault, ok, warning
from musicai.services.node import commands, heavy_side

_PATIENCE_S = 120
_REINSTALL = "install MusicAI again: pip install --force-reinstall musicai"
_DECODERS = """
import soundfile, av
codecs = len(av.codecs_available)
print(f"soundfile {soundfile.__version__} ({soundfile.__libsndfile_version__}), "
      f"PyAV {av.__version__} ({codecs} codecs)")
"""
_MODEL = """
import sys
from musicai.config import Settings
from musicai.errors import MusicAIError
from musicai.models import inference, store
settings = Settings.from_env()
try:
    card = inference.load_classifier(store.find(settings.model, settings.model_store)).side_car
except MusicAIError as err:
    sys.exit(str(err))
print(f"{card.name}, {len(card.genres)} genres")
"""


def examine_heavy(settings: Settings) -> list[Finding]:
    """Say whether the decoders and the model that would be used can be loaded."""
    if not heavy_side.is_installed():
        advice = "nothing to do where workers run elsewhere, as beside the light image"
        return [
            warning("heavy side", "torch is not installed: nothing is classified or trained here", advice)
        ]
    probes = {
        "decoders": (_begin(settings, _DECODERS), _REINSTALL),
        "model": (
            _begin(settings, _MODEL),
            "see `musicai models list`, or check MUSICAI_MODEL and MUSICAI_MODEL_STORE",
        ),
    }
    return [_end(subject, process, advice) for subject, (process, advice) in probes.items()]


def _begin(settings: Settings, code: str) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-c", code],
        env=commands.environment(settings),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def _end(subject: str, process: "subprocess.Popen[str]", advice: str) -> Finding:
    try:
        out, err = process.communicate(timeout=_PATIENCE_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.communicate()
        return fault(subject, f"did not load within {_PATIENCE_S} s", advice)
    if process.returncode:
        said = err.strip().splitlines()[-1:] or [f"ended with status {process.returncode}"]
        return fault(subject, said[0], advice)
    return ok(subject, out.strip())
