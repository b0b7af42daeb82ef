"""Fill a catalogue with tracks and predictions, as scanning and classifying would."""

from datetime import datetime
from typing import Any

from sqlalchemy import update
from sqlalchemy.orm import Session

from musicai.catalogue.files import StoredPath
from musicai.catalogue.predictions import NewPrediction
from musicai.catalogue.session import now
from musicai.catalogue.tables import Correction, Folder, Library, Model, Prediction, Score, Track

GENRES = ["blues", "classical", "hiphop", "jazz", "metal", "rock"]


def add_library(session: Session, name: str = "music", root: str = "/music") -> Library:
    library = Library(name=name, root=root, created_at=now())
    session.add(library)
    session.flush()
    root_folder = StoredPath.of(b"")
    session.add(Folder(library_id=library.id, path="", key=root_folder.key))
    session.flush()
    return library


def add_model(session: Session, name: str = "small", *, active: bool = True, **side_car: Any) -> Model:
    if active:
        session.execute(update(Model).values(active=False))
    model = Model(
        name=name,
        digest="0" * 64,
        side_car={"genres": GENRES, **side_car},
        active=active,
        created_at=now(),
    )
    session.add(model)
    session.flush()
    return model


def add_track(
    session: Session, library: Library, path: str | bytes, *, added: datetime | None = None, **columns: Any
) -> Track:
    stored = StoredPath.of(path if isinstance(path, bytes) else path.encode())
    folder = session.query(Folder).filter_by(library_id=library.id).one()
    given = {"size": 1000, "audio_hash": f"1:{stored.key.hex()}", **columns}
    track = Track(
        library_id=library.id,
        folder_id=folder.id,
        path=stored.text,
        key=stored.key,
        raw_path=stored.raw,
        mtime_ns=1,
        device="1",
        inode=stored.key.hex()[:16],
        created_at=added or now(),
        updated_at=now(),
        **given,
    )
    session.add(track)
    session.flush()
    return track


def add_prediction(
    session: Session,
    track: Track,
    model: Model,
    *,
    threshold: float = 0.4,
    excerpts: list[Any] | None = None,
    **scores: float,
) -> Prediction:
    given = excerpts or [{"start_s": 0.0, "duration_s": 30.0, "scores": scores}]
    made = NewPrediction(track.id, model.id, track.audio_hash or "", False, scores, threshold, given)
    prediction = Prediction(
        track_id=track.id,
        model_id=model.id,
        audio_hash=track.audio_hash,
        genre=made.genre,
        guess=made.guess,
        confidence=made.confidence,
        margin=made.margin,
        discord=made.discord,
        excerpts=given,
        created_at=now(),
    )
    session.add(prediction)
    session.flush()
    session.add_all(Score(prediction_id=prediction.id, genre=g, score=s) for g, s in scores.items())
    return prediction


def add_correction(session: Session, track: Track, genre: str, **columns: Any) -> Correction:
    given = {"audio_hash": track.audio_hash, "source": "person", "actor": "ann@home", **columns}
    correction = Correction(track_id=track.id, genre=genre, created_at=now(), **given)
    session.add(correction)
    session.flush()
    return correction


def add_collection(session: Session) -> None:
    """Add ten tracks in every state, heard by two models; people have said something about some."""
    music, vinyl = add_library(session), add_library(session, "vinyl", "/mnt/vinyl")
    small, large = add_model(session), add_model(session, "large-2", active=False)
    may, november = (datetime.fromisoformat(f"2026-{d}T12:00:00+00:00") for d in ("05-20", "11-23"))

    def heard(path: str, *, library: Library = music, **columns: Any) -> Track:
        facts = {"container": "flac", "codec": "flac", "sample_rate": 44100, "channels": 2, "added": may}
        return add_track(session, library, path, **{**facts, **columns})

    so_what = heard(
        "jazz/Miles Davis/So What.flac",
        title="So What",
        artist="Miles Davis",
        album="Kind of Blue",
        tag="Cool; Jazz",
        duration_s=545.0,
    )
    add_prediction(session, so_what, small, jazz=0.91, blues=0.06, classical=0.03)
    add_prediction(session, so_what, large, jazz=0.97, blues=0.03)
    naima = heard(
        "jazz/John Coltrane/Naima (live).mp3",
        title="Naima (live)",
        artist="John Coltrane",
        album="Live 100%",
        tag="Blues",
        duration_s=225.2,
        container="mp3",
        codec="mp3",
        sample_rate=22050,
        channels=1,
    )
    add_prediction(session, naima, small, jazz=0.62, blues=0.35)
    add_correction(session, naima, "jazz", withdrawn_at=now())
    add_correction(session, naima, "blues")
    army = heard(
        "Björk/Army of Me.ogg",
        title="Army of Me",
        artist="Björk",
        tag="Hip-Hop",
        duration_s=234.0,
        added=november,
        codec="vorbis",
        container="ogg",
    )
    add_prediction(session, army, small, hiphop=0.81, rock=0.1)
    hum = heard("hum.wav", duration_s=30.0, tag="Rock", codec="pcm_16", container="wav")
    add_prediction(session, hum, small, metal=0.3, rock=0.29)
    add_correction(session, hum, "Lo-Fi")
    riff = heard("riff_1.wav", library=vinyl, title='Riff "One"', artist="A\\B, C", duration_s=61.4)
    add_prediction(session, riff, small, metal=0.7, rock=0.3)
    changed = heard("changed.flac", duration_s=100.0)
    add_prediction(session, changed, small, rock=0.99)
    add_correction(session, changed, "rock")
    changed.audio_hash = None
    new = heard("new.flac", audio_hash=None)
    add_correction(session, new, "jazz")
    heard("cut.mp3", audio_hash=None, error_code="truncated", error_reason="ends after 12 of 30 s")
    gone = heard("gone.flac", state="missing", duration_s=200.0)
    add_prediction(session, gone, small, rock=0.88)
    add_track(session, music, b"caf\xe9\n1.mp3", audio_hash=None, added=may)
