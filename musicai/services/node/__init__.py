"""The services of MusicAI on this machine: what they are called, and somebody who looks after them."""

from musicai.services.node.node import SERVICES, Node, unreachable

__all__ = ["SERVICES", "Node", "unreachable"]
