"""The sections in their order."""

from musicai.models.side_car import SideCar
from musicai.training.card import calibration, identity, making, quality
from musicai.training.card.facts import Facts
from musicai.training.card.writing import paragraphs
from musicai.training.evaluation.tables import markdown_table


def model_card(side_car: SideCar, facts: Facts | None = None) -> str:
    """Return the card of a model as Markdown."""
    facts = facts or Facts()
    sections = [
        ("What it is", identity.section(side_car, facts.folder)),
        ("How it was made", making.section(side_car, facts)),
        ("How good it is", quality.section(side_car, facts)),
        ("How much its confidence means", calibration.section(side_car, facts)),
        ("What it survives", _robustness(facts)),
        ("What makes the figures doubtful", _doubts(facts)),
        ("Limits", _limits(side_car, facts)),
        ("What the data allow", side_car.terms or "Nothing is recorded about it: ask who gathered them."),
    ]
    written = [f"## {title}\n\n{text}" for title, text in sections if text]
    return paragraphs(f"# {side_car.name}", _summary(side_car), facts.about, *written) + "\n"


def _summary(side_car: SideCar) -> str:
    return f"Tells {len(side_car.genres)} genres of music apart: {', '.join(side_car.genres)}."


def _robustness(facts: Facts) -> str:
    if not facts.robustness:
        return ""
    titles = list(facts.robustness[0])
    return markdown_table(titles, ([row.get(title, "") for title in titles] for row in facts.robustness))


def _doubts(facts: Facts) -> str:
    warnings = [*(facts.evaluation.warnings if facts.evaluation else ()), *facts.leaks]
    return "\n".join(f"* {warning}" for warning in dict.fromkeys(warnings))


def _limits(side_car: SideCar, facts: Facts) -> str:
    excerpt = f"{side_car.front_end.excerpt_s:g} s"
    known = [
        f'It knows {len(side_car.genres)} genres. Other music gets the nearest of them, or "unknown".',
        '"unknown" is no detector of music: speech and noise may sound like a genre.',
        f"It hears {excerpt} at a time, and no words.",
        "Its figures are those of the held-out tracks above; other music, other recordings and other"
        " people's idea of a genre give other figures.",
        "Not for: deciding about people, paying royalties, or as the only judge of anything.",
    ]
    return "\n".join(f"* {line}" for line in [*facts.limits, *known])
