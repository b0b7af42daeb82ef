"""How a model was made: command, data, recipe."""

from collections.abc import Mapping, Sequence
from typing import Any

from musicai.models.side_car import SideCar
from musicai.training.card.facts import Facts
from musicai.training.card.writing import duration, fact_list, linked, paragraphs, picture
from musicai.training.evaluation.tables import markdown_table

_FILES = {
    "split.txt": "the split",
    "leaks.json": "what was found on two sides of it",
    "run.json": "what was asked for",
    "evaluation.json": "all figures",
    "held_out.json": "the answers to held-out tracks",
}


def section(side_car: SideCar, facts: Facts) -> str:
    """Return the section."""
    command = f"    {facts.command.strip()}" if facts.command else ""
    return paragraphs(
        command,
        _run(side_car, facts),
        _data(side_car.data),
        _which_weights(side_car.data),
        _recipes(side_car.training),
        picture(facts.folder, "curves.png", "Loss and accuracy over the epochs"),
        linked(facts.folder, _FILES),
    )


def _run(side_car: SideCar, facts: Facts) -> str:
    training = side_car.training
    seconds = facts.duration_s or training.get("seconds")
    given = {
        "made by": f"musicai {side_car.code_version}" if side_car.code_version else "",
        "took": duration(seconds) if seconds else "",
    }
    # the recipes have a table of their own
    others = {key: value for key, value in training.items() if key not in ("plan", "recipes", "seconds")}
    return fact_list({**given, **others})


def _data(data: Mapping[str, Any]) -> str:
    # the card's own section names them; here it matters that somebody looked
    leaks = data.get("leaks")
    counts = leaks.get("counts", {}) if isinstance(leaks, Mapping) else {}
    found = {**data, "leaks": counts} if "leaks" in data else data
    return paragraphs("**Data**", fact_list(found)) if data else ""


def _which_weights(data: Mapping[str, Any]) -> str:
    shipped, measured = data.get("weights_trained_on"), data.get("metrics_weights_trained_on")
    if not shipped or not measured or shipped == measured:
        return ""
    return (
        "**Which figure belongs to which weights**: the figures, the temperature and the threshold below"
        f" come from weights that learned from {' and '.join(measured)} alone. The weights beside this card"
        f" were then trained by the same recipe on {' and '.join(shipped)}; no held-out tracks remain to"
        " measure them on. They heard more music and should not be worse; that is an expectation, not a"
        " measurement."
    )


def _recipes(training: Mapping[str, Any]) -> str:
    plan = training.get("plan", training)
    recipes = plan.get("members") or plan.get("recipes") or []
    if not recipes:
        return ""
    of_pictures = plan.get("front_end", {}).get("picture_size") is not None
    flat = [_flat(recipe) for recipe in recipes]
    names = list(dict.fromkeys(name for recipe in flat for name in recipe))
    titles = ["setting", *(_title(recipe, k, recipes) for k, recipe in enumerate(recipes))]
    unsaid = {"architecture", *(name for name in names if of_pictures and _is_for_spectrograms(name))}
    rows = [(name, *(recipe.get(name, "") for recipe in flat)) for name in names if name not in unsaid]
    return paragraphs("**Recipe**", markdown_table(titles, rows))


def _is_for_spectrograms(name: str) -> bool:
    """Whether a setting does nothing to networks that see pictures, see `Recipe`."""
    return name == "crop_frames" or (name.startswith("augmentation.") and name != "augmentation.mixup")


def _title(recipe: Mapping[str, Any], place: int, recipes: Sequence[Any]) -> str:
    name = str(recipe.get("architecture", f"network {place + 1}"))
    same = [one for one in recipes if one.get("architecture") == recipe.get("architecture")]
    return f"{name} {place + 1}" if len(same) > 1 else name


def _flat(settings: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for name, value in settings.items():
        if isinstance(value, Mapping):
            flat |= _flat(value, f"{name}.")
        else:
            flat[f"{prefix}{name}"] = f"{value:g}" if isinstance(value, float) else value
    return flat
