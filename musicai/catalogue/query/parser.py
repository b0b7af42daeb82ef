"""Words -> tree: commas are 'or', blanks are 'and', ``^`` and ``-`` negate.

Every refusal points at its place.
"""

from collections.abc import Iterator

from musicai.catalogue.query.field_terms import field_term, find_operator
from musicai.catalogue.query.nodes import And, How, Node, Not, Or, StateTerm, TextTerm
from musicai.catalogue.query.words import Word, read_words
from musicai.errors import QueryError
from musicai.states import RowState

MOST_TERMS = 200
"""More would be a nesting that SQLite refuses."""

FLAGS = tuple(state.value for state in RowState)


def parse(expression: str) -> Node:
    """Return the tree of an expression.

    Raises
    ------
    QueryError: something in it cannot be understood; the error points at it.
    """
    words = read_words(expression)
    if len(words) > MOST_TERMS:
        reason = f"there are more than {MOST_TERMS} terms; ask several questions"
        raise QueryError(reason, expression, words[MOST_TERMS].position)
    groups = _groups(expression, words)
    alternatives = tuple(_all_of(tuple(_negatable(expression, w) for w in group)) for group in groups)
    return alternatives[0] if len(alternatives) == 1 else Or(alternatives)


def _all_of(nodes: tuple[Node, ...]) -> Node:
    return nodes[0] if len(nodes) == 1 else And(nodes)


def _groups(expression: str, words: list[Word]) -> list[list[Word]]:
    groups: list[list[Word]] = [[]]
    comma = 0
    for token in _split_commas(words):
        if isinstance(token, Word):
            groups[-1].append(token)
            continue
        comma = token
        if not groups[-1]:
            raise QueryError("nothing stands before the comma; a comma means 'or'", expression, comma)
        groups.append([])
    if len(groups) > 1 and not groups[-1]:
        raise QueryError("nothing follows the comma; a comma means 'or'", expression, comma)
    return groups


def _split_commas(words: list[Word]) -> Iterator[Word | int]:
    """Yield words, and the positions of the commas that stand alone, before or after one."""
    for word in words:
        leads = word.begins(",")
        rest = word.since(1) if leads else word
        trails = rest.ends(",")
        body = rest.until(len(rest.chars) - 1) if trails else rest
        if leads:
            yield word.chars[0].position
        if body.chars or not (leads or trails):
            yield body
        if trails:
            yield word.chars[-1].position


def _negatable(expression: str, word: Word) -> Node:
    negations = 0
    while word.since(negations).begins("^-"):
        negations += 1
    rest = word.since(negations)
    if negations and not rest.chars:
        reason = f'there is nothing to negate; write "{word.text}" in quotes to search for it'
        raise QueryError(reason, expression, word.position)
    node = _term(expression, rest)
    return Not(node) if negations % 2 else node


def _term(expression: str, word: Word) -> Node:
    if found := find_operator(word):
        index, operator = found
        name, value = word.until(index), word.since(index + len(operator))
        return field_term(expression, name, operator, value)
    if not word.chars:
        raise QueryError("there is nothing between the quotes", expression, word.position)
    if word.is_bare and word.text.lower() in FLAGS:
        return StateTerm(RowState(word.text.lower()))
    return TextTerm(None, How.CONTAINS, word.text, word.position)
