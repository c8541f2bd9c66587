"""From a source to batches: read, recognise, split, prepare, encode once.

- :mod:`~deepen.data.sources`, :mod:`~deepen.data.table`: anything people have, as one table
- :mod:`~deepen.data.recognise`, :mod:`~deepen.data.suspects`, :mod:`~deepen.data.schema`: what columns are
- :mod:`~deepen.data.split`, :mod:`~deepen.data.fingerprints`: honest parts, duplicates kept together
- :mod:`~deepen.data.kinds`, :mod:`~deepen.data.prepare`: what is fitted, and how rows become arrays
- :mod:`~deepen.data.cache`, :mod:`~deepen.data.batches`: encoded once, then indexed
- :mod:`~deepen.data.columns`, :mod:`~deepen.data.pictures`: one column, one picture
"""
