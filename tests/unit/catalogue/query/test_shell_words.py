"""The shell takes quotes off; what was one argument stays one term where it was meant so."""

import pytest

from musicai.catalogue.query.shell_words import join_arguments


@pytest.mark.parametrize(
    ("arguments", "expression"),
    [
        (["genre:jazz", "confidence:0.8.."], "genre:jazz confidence:0.8.."),
        (["genre:jazz confidence:0.8.."], "genre:jazz confidence:0.8.."),
        (["artist:miles davis"], 'artist:"miles davis"'),
        (["^artist:miles davis", "jazz"], '^artist:"miles davis" jazz'),
        (["path::so (what|not)"], 'path::"so (what|not)"'),
        (["title:=so what"], 'title:="so what"'),
        (["genre:hip hop"], 'genre:"hip hop"'),
        (["artist:miles davis genre:jazz"], "artist:miles davis genre:jazz"),
        (["artist:miles , genre:jazz"], "artist:miles , genre:jazz"),
        (["artist:miles, artist:coltrane"], "artist:miles, artist:coltrane"),
        (["artist:miles ^live"], "artist:miles ^live"),
        (['artist:"miles davis" live'], 'artist:"miles davis" live'),
        (["title:3:00 am"], 'title:"3:00 am"'),
        (["artist:AC\\DC live"], 'artist:"AC\\\\DC live"'),
        (["confidence:0.8.. jazz"], "confidence:0.8.. jazz"),
        (["miles davis"], "miles davis"),
        (["caf\udce9"], "caf\ufffd"),
        ([], ""),
    ],
)
def test_arguments_become_an_expression(arguments: list[str], expression: str) -> None:
    assert join_arguments(arguments) == expression
