"""Query expressions: text -> words -> nodes -> SQL with bound values.

`words` splits the text, `parser` makes `nodes` of it with the table of `fields`, `conditions` makes SQL of
the nodes, and `question` adds which model answers and which tracks are asked about.
"""
