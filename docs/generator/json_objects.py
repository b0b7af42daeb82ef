"""``json.md``: the objects that `--json` prints, from the classes that they are made of."""

from typing import Any

from generator.docstrings import meanings, member_meanings, property_meaning
from generator.markdown import code, generated, table
from musicai.catalogue.query.fields import FIELDS
from musicai.services.cache import CacheView
from musicai.services.corrected import Corrected
from musicai.services.dataset.check import CheckReport
from musicai.services.dataset.split import SplitView
from musicai.services.doctor import Finding
from musicai.services.doubt_reasons import Reason
from musicai.services.experiments import HIDDEN_OF_RESULT, ExperimentView
from musicai.services.history import Said
from musicai.services.jobs import JobView
from musicai.services.model_list import ModelPortrait, ModelView
from musicai.services.onnx_import.take_in import ImportView
from musicai.services.query import TrackRow
from musicai.services.registry.comparison import GenreDifference, ModelComparison, ModelFigures
from musicai.services.registry.export import Exported
from musicai.services.registry.flows import Change, Flow, WhatIf
from musicai.services.registry.intake import Imported
from musicai.services.registry.judgement import Judgement
from musicai.services.registry.promotion import Promotion
from musicai.services.registry.rollback import Rollback
from musicai.services.registry.trail import TrailLine
from musicai.services.review import Doubtful
from musicai.services.run_view import RunView
from musicai.services.scan_report import Tally
from musicai.services.schedules.views import FiringView, ScheduleView
from musicai.services.show import Portrait
from musicai.services.stats import (
    CorrectionFigures,
    FailureFigures,
    GenreFigures,
    LibraryFigures,
    Statistics,
    TagFigures,
)
from musicai.services.tidy import Tidied
from musicai.states import (
    CorrectionSource,
    CorrectionState,
    Doubt,
    FiringCause,
    FiringFault,
    FiringState,
    JobKind,
    JobState,
    Misfire,
    ModelEventKind,
    Priority,
    RowState,
    RunState,
    ScanState,
    ScheduleKind,
    ScheduleState,
)
from musicai.training.evaluation import figures
from musicai.training.evaluation.report import EvaluationReport
from musicai.training.experiments.result import Result
from musicai.training.picture_sets.picture_set import SetReport
from musicai.training.picture_sets.statistics import PictureStatistics
from musicai.training.split.leaks import Leak, LeakReport

_INTRODUCTION = """\
Programs may rely on these keys: none is renamed or taken away without a new major version, and new ones may come
at any time. Instants are ISO 8601 in UTC, durations are seconds, shares and scores lie from 0 to 1, and what is not
known is `null`. The text is UTF-8. Errors are never JSON: they go to standard error, and [the exit
status](errors.md#exit-statuses) says which.
"""

# facts of a file in `show --json` -> the field of a query that explains them
_FACTS = {
    "container": "container",
    "codec": "codec",
    "sample_rate": "sample_rate",
    "channels": "channels",
    "size": "size",
    "audio_hash": "hash",
    "added_at": "added",
}


def page() -> str:
    """Return the page."""
    head = generated("JSON", "the classes that it comes from")
    return "\n".join(
        [head, _INTRODUCTION, *_answers(), *_jobs(), *_schedules(), *_models(), *_evaluations(), *_others()]
    )


def row_keys() -> dict[str, str]:
    """Return the keys of a query's row."""
    return meanings(TrackRow)


def portrait_keys() -> dict[str, str]:
    """Return the keys that `show --json` has besides those of a row."""
    fields = {field.name: field.description for field in FIELDS}
    own = {key: text for key, text in meanings(Portrait).items() if key not in ("row", "facts")}
    return own | {key: fields[name] for key, name in _FACTS.items()}


def review_keys() -> dict[str, str]:
    """Return the keys that `review --json` has besides those of a row."""
    return {key: text for key, text in meanings(Doubtful).items() if key != "row"}


def job_keys() -> dict[str, str]:
    """Return the keys of a job."""
    return meanings(JobView) | {"elapsed_s": property_meaning(JobView, "elapsed_s")}


def report_keys() -> dict[str, str]:
    """Return the keys of what a scan saw."""
    counted = {key: text for key, text in meanings(Tally).items() if key != "walks"}
    places = "as `count`, and the `first` ones as `path` and `reason`."
    return counted | {
        "folders": "Folders that were read.",
        "ignored": "Files that are no audio: kind -> how many.",
        "unreadable": f"Folders that cannot be read, {places}",
        "loops": f"Links that lead back into themselves, {places}",
        "broken_links": f"Links to nothing, {places}",
    }


def model_keys() -> dict[str, str]:
    """Return the keys of a model."""
    computed = ("state", "genres", "accuracy", "measured_on", "threshold")
    known = meanings(ModelView) | {key: property_meaning(ModelView, key) for key in computed}
    return known | {"version": "MusicAI that made it."}


def result_keys() -> dict[str, str]:
    """Return the keys of what an experiment came to."""
    return {key: text for key, text in meanings(Result).items() if key not in HIDDEN_OF_RESULT}


def _answers() -> list[str]:
    return [
        _object("Rows of `musicai query`", "`--format json` is an array of these, `jsonl` one per line, `csv` has "
                "the keys as its first line, in this order.", row_keys()),
        _values("`state` of a row", RowState),
        _values("`corrected` of a row", CorrectionState),
        _object("`musicai show PATH`", "The keys of a row, and:", portrait_keys()),
        _object("`corrections` of a track", "", meanings(Said), level=3),
        _values("`source` of a correction", CorrectionSource),
        _object("`musicai correct`", "", meanings(Corrected)),
        _object("`musicai review`", "An array of these: the keys of a row, and:", review_keys()),
        _object("`reasons` of a doubtful answer", "", meanings(Reason), level=3),
        _values("`reason` of a doubt", Doubt),
        _object("`musicai stats`", "", meanings(Statistics)),
        _object("`libraries` of the statistics", "", meanings(LibraryFigures), level=3),
        _object("`genres` of the statistics", "", meanings(GenreFigures), level=3),
        _object("`failures` of the statistics", "", meanings(FailureFigures), level=3),
        _object("`tags` of the statistics", "", meanings(TagFigures), level=3),
        _object("`corrections` of the statistics", "These tracks are not held out: a model may have learnt from them.",
                meanings(CorrectionFigures), level=3),
    ]  # fmt: skip


def _jobs() -> list[str]:
    return [
        _object("Jobs", "`musicai jobs show ID`, `watch`, `cancel`, `pause`, `resume`, `retry` and `musicai enqueue` "
                "print one of these, `musicai jobs list` an array. At every moment `total = done + failed + skipped "
                "+ cancelled + pending`.", job_keys()),
        _object("`run` of a job that trains", "Printed by `musicai train` as well.", meanings(RunView), level=3),
        _values("`state` of a run", RunState),
        _values("`kind` of a job", JobKind),
        _values("`state` of a job", JobState),
        _values("`scan` of a job", ScanState),
        _values("`priority` of a job", Priority),
        _object("`report` of a job", "What its scan saw; empty until the scan is complete.", report_keys(), level=3),
        _object("`musicai enqueue --dry-run`", "The keys of a report, where `items` are the tracks that would be "
                "classified, and:", {"model": "Name of the model that would be asked."}),
    ]  # fmt: skip


def outcome_keys() -> dict[str, str]:
    """Return the keys of what came of a firing, by the kind of its schedule."""
    return {
        "model": "Of a retrain that is done: the model that it made.",
        "accuracy": "Of a retrain that is done: share of right answers on held-out tracks.",
        "promoted": "Of a retrain that is done: whether the gate let the model become the active one.",
        "former": "Of a retrain that is done: the model that was active before.",
        "reasons": "Of a retrain that is done: what the gate said.",
        "epoch": "Of a retrain that is not done: epochs that are.",
        "epochs": "Of a retrain that is not done: epochs in all.",
        "total": "Of a rescan: tracks that were found; `done`, `failed`, `skipped`, `cancelled` and `pending` as of a job.",
        "new": "Of a rescan: tracks that nobody had seen; `changed`, `moved` and `missing` as in the report of a job.",
        "released": "Of a reconcile: claims and runs of the dead that were put back.",
        "closed": "Of a reconcile: jobs that were finished and stood open.",
        "woken": "Of a reconcile: messages that were sent again.",
        "retired": "Of a reconcile: rows that had served their time. One that found all well has no key at all.",
    }


def _schedules() -> list[str]:
    return [
        _object("Schedules", "`musicai schedule add`, `show`, `pause`, `resume` and `remove` print one of these, `list` an "
                "array. Exactly one of `cron`, `every_s` and `at` is not `null`.", meanings(ScheduleView)),
        _values("`kind` of a schedule", ScheduleKind),
        _values("`state` of a schedule", ScheduleState),
        _values("`misfire` of a schedule", Misfire),
        _object("Firings", "`musicai schedule history NAME` prints an array of these, `run-now` one.",
                meanings(FiringView)),
        _values("`cause` of a firing", FiringCause),
        _values("`state` of a firing", FiringState),
        _object("`outcome` of a firing", "As far as something is known.", outcome_keys(), level=3),
        _values("`error_code` of a firing, besides those of errors", FiringFault),
    ]  # fmt: skip


def _evaluations() -> list[str]:
    return [
        _object("`musicai models evaluate NAME`", "Shares come as a `value` with a 95 % interval from `low` to `high`.",
                meanings(EvaluationReport)),
        _object("`evaluation` of a model", "", meanings(figures.Evaluation) | {"format": "Version of this object."},
                level=3),
        _object("`excerpts` and `tracks` of an evaluation", "", meanings(figures.Level), level=3),
        _object("`per_genre` of an evaluation", "", meanings(figures.GenreFigures), level=3),
        _object("`confusion` of an evaluation", "", meanings(figures.Confusion), level=3),
        _object("`reliability` of an evaluation", "", meanings(figures.Reliability), level=3),
        _object("`bins` of the reliability", "", meanings(figures.Bin), level=3),
    ]  # fmt: skip


def _models() -> list[str]:
    portrait = {key: text for key, text in meanings(ModelPortrait).items() if key != "view"}
    return [
        _object("Models", "`musicai models archive` and `restore` print one of these, `list` an array.", model_keys()),
        _object("`musicai models show NAME`", "The keys of a model, and:", portrait),
        _object("The audit trail of models", "`musicai models history` prints an array of these.", meanings(TrailLine)),
        _values("`event` of the audit trail", ModelEventKind),
        _object("`musicai models compare A B`", "", meanings(ModelComparison)),
        _object("`a` and `b` of a comparison", "", meanings(ModelFigures), level=3),
        _object("`genres` of a comparison", "", meanings(GenreDifference), level=3),
        _object("`gate` of a comparison, `judgement` of a promotion", "", meanings(Judgement), level=3),
        _object("`musicai models what-if NAME`", "", meanings(WhatIf)),
        _object("`flows` of a what-if", "", meanings(Flow), level=3),
        _object("`most_changed` of a what-if", "", meanings(Change), level=3),
        _object("`musicai models promote NAME`", "", meanings(Promotion)),
        _object("`musicai models rollback`", "", meanings(Rollback)),
        _object("`musicai models export NAME TARGET`", "", meanings(Exported)),
        _object("`musicai models import`", "Of a folder or a package:", meanings(Imported)),
        _object("`musicai models import` of an ONNX file", "", meanings(ImportView), level=3),
    ]  # fmt: skip


def _others() -> list[str]:
    doctor = {
        "ok": "Whether nothing is at fault.",
        "findings": "What was examined: an array, see below.",
        "settings": "Every setting: `env`, `value` (passwords masked), `source` (`environment` or `default`), `help`.",
    }
    schema = {
        "current": "Schema of the catalogue, `null` for an empty database.",
        "newest": "Schema that this version works with.",
    }
    return [
        _object(
            "Experiments",
            "`musicai experiments run` and `show` print arrays of these.",
            meanings(ExperimentView),
        ),
        _object("`result` of an experiment", "", result_keys(), level=3),
        *_datasets(),
        _object("`musicai cache`", "`stats`, `prune` and `clear` print one of these.", meanings(CacheView)),
        _object("`musicai doctor`", "", doctor),
        _object("`findings` of the doctor", "", meanings(Finding), level=3),
        _object("`musicai db current`", "", schema),
        _object("`musicai db tidy`", "", meanings(Tidied)),
    ]


def _datasets() -> list[str]:
    made = {"folder": "Where the pictures stand."} | meanings(SetReport)
    computed = ("counts", "touched")
    leaks = meanings(LeakReport) | {key: property_meaning(LeakReport, key) for key in computed}
    return [
        _object("`musicai dataset check SOURCE`", "", meanings(CheckReport)),
        _object("`musicai dataset images` and `transform`", "", made),
        _object("`musicai dataset stats`", "", meanings(PictureStatistics)),
        _object("`musicai dataset split`", "With `--folds` an array of these.", meanings(SplitView)),
        _object("`musicai dataset leaks`", "", leaks),
        _object("`leaks` of a split", "", meanings(Leak), level=3),
    ]


def _object(title: str, text: str, keys: dict[str, str], level: int = 2) -> str:
    rows = table(("key", "meaning"), [(code(key), meaning) for key, meaning in keys.items()])
    return "\n".join(filter(None, [f"{'#' * level} {title}\n", text and f"{text}\n", rows]))


def _values(title: str, kind: Any) -> str:
    known = member_meanings(kind)
    if not any(known.values()):
        return f"### {title}\n\n{', '.join(map(code, known))}.\n"
    rows = table(("value", "meaning"), [(code(value), text) for value, text in known.items()])
    return f"### {title}\n\n{rows}"
