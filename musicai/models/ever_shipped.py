"""Every model that the package ever came with: a catalogue may still have answers of those it lacks now.

Whoever ships another model adds it, and takes none away: a catalogue in which nobody chose a model moves on
from one that is known here and has gone.
"""

EVER_SHIPPED = {
    "8be6abe4be30996abbc9050bd63ab4010ce8559fc220bbb22cf54a9859989e96": "gtzan-rescnn-1",
    "17947acbef520c7c29c03eca8a64fdcc8a6988e56ef2f3c5342ce601b870b7b8": "gtzan-rescnn-1",
    "da1e12a53087b2916c558605b5e52ace988aaddde5f8a2830809361895be1c30": "gtzan-rescnn-1",
    "d4d53bc480e6834b0a27929a855eb261f19c81b5b5ae1113f31723580964b19b": "gtzan-texture-1",
    "dd814f7cafa6ca295da7e4a1a1e27e220970ae5dc5dde3184e8286c6403ed609": "gtzan-texture-2",
    "8cceafa4a7022cc761552cf817a51501ef8b4760de215ebeb9526460f4b70695": "gtzan-texture-3",
    "0e923918ca9e175b098bd9df8275afd5d874b5b632b053de29a3e9bab717a6be": "gtzan-texture-4",
}
"""SHA-256 of the weights -> name."""


def came_with_the_package(name: str, digest: str) -> bool:
    """Whether a model is, or once was, one that the package came with."""
    return EVER_SHIPPED.get(digest) == name
