"""Whether one service of this node does its work: what containers are asked by whoever looks after them."""

from musicai.services.health.examine import examine
from musicai.services.health.sign_of_life import SignOfLife

__all__ = ["SignOfLife", "examine"]
