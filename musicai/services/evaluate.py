"""Evaluate a model on labelled data, in a process of its own: listening is heavy, this side is light."""

from pathlib import Path

from musicai.config import Settings
from musicai.errors import ConfigError
from musicai.services.heavy import Report, run_heavy
from musicai.training.evaluation.artefacts import write_pictures
from musicai.training.evaluation.report import EvaluationReport
from musicai.training.evaluation.request import EvaluationRequest


def evaluate_model(
    settings: Settings, request: EvaluationRequest, report: Report | None = None
) -> EvaluationReport:
    """Return how good a model is.

    Raises
    ------
    MusicAIError: the model, the source, the split or a file cannot be used; the message says which.
    """
    value = run_heavy(settings, "musicai.pipeline.evaluate", subject=request.to_json(), report=report)
    return EvaluationReport.from_json(value)


def draw_report(report: EvaluationReport, folder: Path) -> tuple[Path, ...]:
    """Draw confusion matrix and reliability diagram; return the files. ConfigError says what fails."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        return write_pictures(folder, report.model, report.evaluation, report.threshold)
    except OSError as err:
        raise ConfigError(f"pictures cannot be written into {folder}: {err.strerror}") from err
