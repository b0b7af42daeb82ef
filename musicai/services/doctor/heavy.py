"""Examines what only workers load: decoders and the model. In processes of their own.

The light side never imports them, and one that crashes while it is loaded must not end the doctor.
"""

import subprocess
import sys
from pathlib import Path

from musicai.config import Settings
from musicai.errors import MusicAIError
from musicai.services.doctor.model import WantedModel, wanted_model
from musicai.services.finding import Finding, fault, ok, warning
from musicai.services.node import commands, heavy_side

_PATIENCE_S = 120
_REINSTALL = "install MusicAI again: pip install --force-reinstall musicai"
_LOOK_AT_MODELS = "see `musicai models list`, or check MUSICAI_MODEL and MUSICAI_MODEL_STORE"
_DECODERS = """
import soundfile, av
codecs = len(av.codecs_available)
print(f"soundfile {soundfile.__version__} ({soundfile.__libsndfile_version__}), "
      f"PyAV {av.__version__} ({codecs} codecs)")
"""
_MODEL = """
import sys
from pathlib import Path
from musicai.errors import MusicAIError
from musicai.models import inference
try:
    card = inference.load_classifier(Path(sys.argv[1])).side_car
except MusicAIError as err:
    sys.exit(str(err))
if sys.argv[2] not in ("", card.answers_digest):
    sys.exit(f"model {card.name!r} is not the one that the catalogue means: its files were changed")
print(f"{card.name}, {len(card.genres)} genres")
"""


def examine_heavy(settings: Settings) -> list[Finding]:
    """Say whether the decoders and the model that would be used can be loaded."""
    model = _find(settings)
    if not heavy_side.is_installed():
        advice = "nothing to do where workers run elsewhere, as beside the light image"
        said = "torch is not installed: nothing is classified or trained here"
        lost = [model] if isinstance(model, Finding) else []
        return [warning("heavy side", said, advice), *lost]
    decoders = _begin(settings, _DECODERS)
    if isinstance(model, Finding):
        return [_end("decoders", decoders, _REINSTALL), model]
    wanted, folder = model
    loading = _begin(settings, _MODEL, str(folder), wanted.digest)
    return [
        _end("decoders", decoders, _REINSTALL),
        _end("model", loading, _LOOK_AT_MODELS, wanted.outlook),
    ]


def _find(settings: Settings) -> tuple[WantedModel, Path] | Finding:
    try:
        wanted = wanted_model(settings)
        return wanted, wanted.folder(settings)
    except MusicAIError as err:
        return fault("model", str(err), _LOOK_AT_MODELS)


def _begin(settings: Settings, code: str, *arguments: str) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-c", code, *arguments],
        env=commands.environment(settings),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def _end(subject: str, process: "subprocess.Popen[str]", advice: str, outlook: str = "") -> Finding:
    try:
        out, err = process.communicate(timeout=_PATIENCE_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.communicate()
        return fault(subject, f"did not load within {_PATIENCE_S} s", advice)
    if process.returncode:
        said = err.strip().splitlines()[-1:] or [f"ended with status {process.returncode}"]
        return fault(subject, said[0], advice)
    return ok(subject, out.strip() + outlook)
