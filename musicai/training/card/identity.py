"""What a model is: network, size, what it hears."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from musicai.models.side_car import SideCar
from musicai.models.weight_count import count_parameters
from musicai.training.card.writing import fact_list, paragraphs


def section(side_car: SideCar, folder: Path | None) -> str:
    """Return the section."""
    facts = {
        "network": _network(side_car.architecture.name, side_car.architecture.arguments),
        "size": _size(side_car, folder),
        "hears": _hears(side_car),
        "before the network": _normalised(side_car),
        "weights (SHA-256)": side_car.weights_sha256,
    }
    return paragraphs(fact_list(facts), _members(side_car))


def _members(side_car: SideCar) -> str:
    members = side_car.architecture.arguments.get("members", [])
    lines = [
        f"* {_network(one['name'], one.get('arguments', {}))}, weight {one.get('weight', 1):g}"
        for one in members
    ]
    answer = "They answer together, by the weighted mean of their logits:"
    return paragraphs(answer, "\n".join(lines)) if lines else ""


def _network(name: str, arguments: Mapping[str, Any]) -> str:
    plain = {key: value for key, value in arguments.items() if key != "members" and value is not None}
    settings = ", ".join(f"{key} {value}" for key, value in plain.items())
    return f"`{name}`" + (f" ({settings})" if settings else "")


def _size(side_car: SideCar, folder: Path | None) -> str:
    weights = folder / side_car.weights_file if folder else None
    if weights is None or not weights.is_file():
        return ""
    count = count_parameters(weights)
    numbers = "" if count is None else f"{count:,} parameters, "
    return f"{numbers}{weights.stat().st_size / 1e6:.1f} MB"


def _hears(side_car: SideCar) -> str:
    end = side_car.front_end
    if end.kind == "wave":
        return f"excerpts of {end.excerpt_s:g} s at {end.sample_rate} Hz as they are (`wave`)"
    drawn = f", as a picture of {end.picture_size} x {end.picture_size}" if end.picture_size else ""
    return (
        f"excerpts of {end.excerpt_s:g} s at {end.sample_rate} Hz as {end.n_mels} mel bands from "
        f"{end.f_min:g} to {end.f_max:g} Hz (`{end.kind}`, {end.n_fft} samples a frame, "
        f"{end.hop_length} from one to the next){drawn}"
    )


def _normalised(side_car: SideCar) -> str:
    norm = side_car.normalisation
    plain = (norm.mean, norm.std) == (0.0, 1.0)
    return "" if plain else f"less the mean {norm.mean}, divided by the deviation {norm.std}"
