"""Clean data: duplicates, wrong labels, columns that leak the target, parts that differ; without a trained model.

``run`` is the order of the stages, one file each: ``duplicates``, ``leaks``, ``shift``, ``labels``. What they share is
in ``checked`` (the rows, their parts and where they stand), ``facets`` (every row by named numbers) and ``plain`` (the
features of a quick learner). ``of_model`` adds what a trained model knows. The mathematics is in ``evidence``.
"""
