"""Tree search in many games at once: each simulation asks the net one question about B positions.

- :mod:`~deepen.search.search`: the search; :mod:`~deepen.search.tree`: its trees as tensors
- :mod:`~deepen.search.puct`, :mod:`~deepen.search.gumbel`: two ways to choose
- :mod:`~deepen.search.evaluating`: the net as the search asks it
- :mod:`~deepen.search.describing`: a tree in plain data
"""

from deepen.search.describing import describe
from deepen.search.evaluating import evaluator
from deepen.search.search import Found, SearchSettings, search

__all__ = ["Found", "SearchSettings", "describe", "evaluator", "search"]
