"""A net from nothing beside one that began with what was learned before: whether that has paid."""

from __future__ import annotations

from dataclasses import dataclass

from deepen.evidence.beside import Beside, apart, seconds_said, shown

__all__ = ["FROM_NOTHING", "THIS_NET", "FromNothing"]

FROM_NOTHING = "from nothing"
"""What the net from nothing is called among the scores."""

THIS_NET = "this net"


@dataclass(frozen=True)
class FromNothing(Beside):
    """The net from nothing of one run: a net as the data and the clock would have it, trained on the same rows.

    ``chosen`` is :data:`FROM_NOTHING`; the ``learners`` are it and :data:`THIS_NET`, which began with what was learned
    before.

    Examples
    --------
    >>> from deepen.evidence.contest import Contestant
    >>> from deepen.evidence.paired import Paired
    >>> paired = Paired("accuracy", 0.91, 0.89, 0.01, 0.03, 50, 30, 0.01, 1000)
    >>> learners = (Contestant(FROM_NOTHING, 300, 58.0, 0.9), Contestant(THIS_NET, 300, 221.0, 0.92))
    >>> FromNothing(FROM_NOTHING, learners, paired, 58.0, 300).sentence
    'What was learned before makes a difference of +2.0 [+1.0, +3.0]: a net from nothing has 89.0 % after 58 s, this one 91.0 % after 221 s.'
    """  # noqa: E501 - the sentence is one line

    @property
    def own(self) -> str:
        """How long the net that began with what was learned before took."""
        return seconds_said(next(each.seconds for each in self.learners if each.name == THIS_NET))

    @property
    def sentence(self) -> str:
        """How the two compare, in one plain sentence."""
        p, took = self.paired, seconds_said(self.best.seconds)
        if p.verdict == "one":
            return (
                f"What was learned before makes a difference of {apart(p, signed=True)}: a net from nothing has "
                f"{shown(p, p.other)} after {took}, this one {shown(p, p.one)} after {self.own}."
            )
        figures = (
            f"{shown(p, p.other)} after {took}, this one {shown(p, p.one)} after {self.own}, "
            f"difference {apart(p, signed=True)}"
        )
        if p.verdict == "other":
            return f"A net from nothing is better here ({figures}): what was learned before has not paid."
        return f"A net from nothing is as good here, as far as {p.n:,} rows tell ({figures})."
