"""Lets the tests of this room import their worlds, which are small ones: another room has worlds by that name."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
