"""``python -m deepen``, and so ``torchrun -m deepen``."""

from deepen.cli import main

if __name__ == "__main__":
    main()
