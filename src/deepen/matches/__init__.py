"""Games of two players against each other, whoever they are.

- :mod:`~deepen.matches.board_player`: a trained player, with the search that its net guides
- :mod:`~deepen.matches.chooser`: what every player is; :mod:`~deepen.matches.opponents`: players by name, among them
  :mod:`~deepen.matches.rollouts`, a search that plays by chance
- :mod:`~deepen.matches.matches`: a match; :mod:`~deepen.matches.openings`: its beginnings
- :mod:`~deepen.matches.gtp`: the Go Text Protocol, spoken (:mod:`~deepen.matches.gtp_arguments`,
  :mod:`~deepen.matches.gtp_go` with :mod:`~deepen.matches.gtp_handicap`, :mod:`~deepen.matches.gtp_time`);
  :mod:`~deepen.matches.settling`: which stones are dead; :mod:`~deepen.matches.sensible`: moves not to be made
- :mod:`~deepen.matches.gtp_client`, :mod:`~deepen.matches.gtp_session`: another program that speaks it
"""

from deepen.matches.board_player import BoardPlayer
from deepen.matches.matches import match
from deepen.matches.opponents import opponent

__all__ = ["BoardPlayer", "match", "opponent"]
