"""Reading: from whatever people have to one table of named columns.

===============  ====================================================================
``reading``      :func:`read`: looks at the source and hands it on
``folder``       class folders, parts, loose images, a table with the files it names
``archive``      zip and tar, unpacked member by member (``unzip``, ``untar``)
``delimited``    CSV and its kin (``text``, ``dialect``, ``quoting``, ``header``, ``missing``, ``records``)
``json_lines``   JSON Lines, lists of objects
``conll``        a token and its tag on each line
``arrow``        Parquet, Arrow files, data frames of any library
``arrays``       arrays and tensors in Python; ``npz`` and ``idx``: in files
``own_folders``  a trained model's folder, which holds no data
``files``        what a file's name or its first bytes say
===============  ====================================================================
"""

from deepen.data.sources.files import IMAGE_EXTENSIONS, is_image
from deepen.data.sources.missing import MISSING, is_missing
from deepen.data.sources.reading import read

__all__ = ["IMAGE_EXTENSIONS", "MISSING", "is_image", "is_missing", "read"]
