"""What others reached: random play, people and the first deep Q-network on Atari; what counts as solved elsewhere.

The figures of Atari are Mnih et al.'s (2015), "Human-level control through deep reinforcement learning", Nature 518,
Extended Data Table 2, as cited: random play, a professional tester after two hours of practice, and their network after
50 million frames' steps, all over episodes of up to 5 minutes; the network with no-op starts and 5 % of random actions.
They belong to that protocol; other papers' random and human scores differ by a little.
"""

from __future__ import annotations

from dataclasses import dataclass

from deepen.environments.minatar.published import DQN as MINATAR
from deepen.errors import SettingError, nearest

__all__ = ["ATARI", "Reference", "atari", "human_normalised", "published", "solved"]


@dataclass(frozen=True)
class Reference:
    """Published mean returns of one game.

    Parameters
    ----------
    random, human, dqn
        Random play, a professional player, the deep Q-network of 2015.
    """

    random: float
    human: float
    dqn: float


ATARI = {
    name: Reference(*figures)
    for name, figures in {
        "Alien": (227.8, 6875, 3069),
        "Amidar": (5.8, 1676, 739.5),
        "Assault": (222.4, 1496, 3359),
        "Asterix": (210, 8503, 6012),
        "Asteroids": (719.1, 13157, 1629),
        "Atlantis": (12850, 29028, 85641),
        "BankHeist": (14.2, 734.4, 429.7),
        "BattleZone": (2360, 37800, 26300),
        "BeamRider": (363.9, 5775, 6846),
        "Bowling": (23.1, 154.8, 42.4),
        "Boxing": (0.1, 4.3, 71.8),
        "Breakout": (1.7, 31.8, 401.2),
        "Centipede": (2091, 11963, 8309),
        "ChopperCommand": (811, 9882, 6687),
        "CrazyClimber": (10781, 35411, 114103),
        "DemonAttack": (152.1, 3401, 9711),
        "DoubleDunk": (-18.6, -15.5, -18.1),
        "Enduro": (0, 309.6, 301.8),
        "FishingDerby": (-91.7, 5.5, -0.8),
        "Freeway": (0, 29.6, 30.3),
        "Frostbite": (65.2, 4335, 328.3),
        "Gopher": (257.6, 2321, 8520),
        "Gravitar": (173, 2672, 306.7),
        "Hero": (1027, 25763, 19950),
        "IceHockey": (-11.2, 0.9, -1.6),
        "Jamesbond": (29, 406.7, 576.7),
        "Kangaroo": (52, 3035, 6740),
        "Krull": (1598, 2395, 3805),
        "KungFuMaster": (258.5, 22736, 23270),
        "MontezumaRevenge": (0, 4367, 0),
        "MsPacman": (307.3, 15693, 2311),
        "NameThisGame": (2292, 4076, 7257),
        "Pong": (-20.7, 9.3, 18.9),
        "PrivateEye": (24.9, 69571, 1788),
        "Qbert": (163.9, 13455, 10596),
        "Riverraid": (1339, 13513, 8316),
        "RoadRunner": (11.5, 7845, 18257),
        "Robotank": (2.2, 11.9, 51.6),
        "Seaquest": (68.4, 20182, 5286),
        "SpaceInvaders": (148, 1652, 1976),
        "StarGunner": (664, 10250, 57997),
        "Tennis": (-23.8, -8.9, -2.5),
        "TimePilot": (3568, 5925, 5947),
        "Tutankham": (11.4, 167.6, 186.7),
        "UpNDown": (533.4, 9082, 8456),
        "Venture": (0, 1188, 380),
        "VideoPinball": (16257, 17298, 42684),
        "WizardOfWor": (563.5, 4757, 3393),
        "Zaxxon": (32.5, 9173, 4977),
    }.items()
}


def atari(name: str) -> Reference | None:
    """Find what was published of a game; None where nothing was.

    Examples
    --------
    >>> atari("ALE/Pong-v5")
    Reference(random=-20.7, human=9.3, dqn=18.9)
    >>> atari("CartPole-v1") is None
    True
    """
    return ATARI.get(name.removeprefix("ALE/").removesuffix("-v5"))


def human_normalised(name: str, value: float) -> float:
    """Say how far a return lies on the way from random play (0) to a person's (1), as Mnih et al. (2015) do.

    Raises
    ------
    SettingError
        If nothing was published of that game.

    Examples
    --------
    >>> print(f"{human_normalised('ALE/Breakout-v5', 401.2):.1%}")
    1327.2%
    """
    reference = atari(name)
    if reference is None:
        mend = nearest(name, (f"ALE/{game}-v5" for game in ATARI))
        raise SettingError(f"no human score of {name!r} is known", mend=mend)
    return (value - reference.random) / (reference.human - reference.random)


def solved(name: str) -> float | None:
    """Say which mean return over 100 episodes Gymnasium counts as solved; None where it says nothing.

    Examples
    --------
    >>> solved("CartPole-v1")
    475.0
    """
    try:
        import gymnasium
    except ImportError:
        return None
    spec = gymnasium.registry.get(name)
    return None if spec is None or spec.reward_threshold is None else float(spec.reward_threshold)


def published(name: str) -> dict[str, float]:
    """Give what stands beside a score of an environment, by who reached it; nothing where nothing is known.

    Examples
    --------
    >>> published("ALE/Pong-v5")
    {'a person': 9.3, 'DQN of 2015': 18.9}
    >>> published("MinAtar/breakout")
    {'DQN, 5M frames': 10.0}
    """
    reference = atari(name)
    if reference is not None:
        return {"a person": reference.human, "DQN of 2015": reference.dqn}
    if name in MINATAR:
        return {"DQN, 5M frames": MINATAR[name]}
    threshold = solved(name)
    return {} if threshold is None else {"counts as solved": threshold}
