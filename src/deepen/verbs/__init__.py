"""The verbs, one file each: what ``import deepen`` offers first. They join the rooms; none has a method of its own."""
