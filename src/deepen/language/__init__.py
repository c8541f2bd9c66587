"""The room that learns to write.

- :mod:`~deepen.language.run`: from texts to a language model, :class:`~deepen.language.model.Writer`
- :mod:`~deepen.language.corpus`: texts as one stream of tokens, in three contiguous parts
- :mod:`~deepen.language.batches`: windows of the stream, strand by strand
- :mod:`~deepen.language.ngram`: what counting can say of the next token
- :mod:`~deepen.evidence.blend`, below it: the net and the counts joined
"""
