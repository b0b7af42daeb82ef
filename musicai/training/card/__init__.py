"""The model card: what a person must know about a model, generated from what is known."""

from musicai.training.card.card import model_card
from musicai.training.card.facts import Facts

__all__ = ["Facts", "model_card"]
