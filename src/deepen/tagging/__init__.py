"""One label for each token of a sentence, or for each step of a series.

==============  ====================================================================
``rows``        what the rows of a table hold: tokens or steps, and their tags
``lexicon``     tokens as words of a vocabulary and as n-grams of characters
``inputs``      either as arrays, cut into pieces (``pieces``)
``learn``       what fits the clock, and the training
``model``       what comes of it; ``run``: the order of the stages
==============  ====================================================================
"""
