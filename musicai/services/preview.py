"""What an enqueue would do: a scan that writes nothing."""

from collections.abc import Mapping, Sequence
from functools import partial

from sqlalchemy import Engine

from musicai.catalogue.session import reading
from musicai.config import Mounts
from musicai.library.walks import open_walk
from musicai.services.found_paths import find_paths
from musicai.services.libraries import Place, locate
from musicai.services.scan import Group, grouped_in_time, walk_options
from musicai.services.scan_missing import gone_tracks, under
from musicai.services.scan_options import ScanOptions, Target
from musicai.services.scan_places import Stretch, stretches
from musicai.services.scan_plan import Plan, Question, in_full, plan
from musicai.services.scan_report import Tally

_NO_LIBRARY = 0


def preview(
    engine: Engine,
    paths: Sequence[bytes],
    options: ScanOptions,
    model_id: int,
    mounts: Mounts | None = None,
) -> Tally:
    """Return the counts that a job for some paths would have; `items` are the tracks it would classify.

    Parameters
    ----------
    options: its targets are not looked at: a preview makes no library.
    model_id: 0 for a model that the catalogue does not know yet.

    Raises
    ------
    NotFoundError: a path, or a library's folder, is not there.
    """
    tally = Tally()
    for place in _places(engine, paths, mounts or {}):
        _preview(engine, place, options, model_id, tally)
    return tally


def _places(engine: Engine, paths: Sequence[bytes], mounts: Mounts) -> tuple[Stretch, ...]:
    found = find_paths(engine, paths, mounts)
    with reading(engine) as session:
        places = [locate(session, path, found) for path in found.paths]
    known = [Target(place.library.id, place.under) for place in places if place.library is not None]
    fresh = dict.fromkeys(_unknown(place) for place in places if place.library is None)
    return (*stretches(engine, known, mounts), *fresh)


def _unknown(place: Place) -> Stretch:
    return Stretch(_NO_LIBRARY, place.root.decode(errors="replace"), place.root, place.under)


def _preview(engine: Engine, place: Stretch, options: ScanOptions, model_id: int, tally: Tally) -> None:
    question = Question(place.library_id, place.root, model_id, whole=options.whole, force=options.force)
    walk = open_walk(place.root, place.under, walk_options(place, options))
    tally.walks.append(walk.report)
    moved = tally.moved
    for group in grouped_in_time(walk):
        result = in_full(place.root, partial(_attempt, engine, question, group))
        tally.add(result, group.files)
        tally.items += len(result.new) + len(result.changed) + len(result.waiting)
    gone = gone_tracks(engine, place.root, under(place.library_id, place.under), lambda: False)
    # a file that moved is found at its new place, and counts as moved
    tally.missing += max(0, sum(map(len, gone)) - (tally.moved - moved))


def _attempt(engine: Engine, question: Question, group: Group, looked: Mapping[bytes, bool]) -> Plan:
    with reading(engine) as session:
        return plan(session, question, group.found, looked)
