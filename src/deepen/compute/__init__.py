"""What the machine offers: devices, precision, seeds, processes, signals, and folders that survive a crash.

- :mod:`~deepen.compute.device`: which device, how much memory, how many threads
- :mod:`~deepen.compute.precision`: half precision, memory format and compilation, as measured here
- :mod:`~deepen.compute.seeds`: random generators that follow from one seed
- :mod:`~deepen.compute.processes`: data-parallel training; the only file that asks for the rank
- :mod:`~deepen.compute.batch_norm`: batch norms by the statistics of the global batch
- :mod:`~deepen.compute.signals`: Ctrl-C and SIGTERM as a flag
- :mod:`~deepen.compute.folders`: folders written whole or not at all; :mod:`~deepen.compute.numbered`: the newest few
- :mod:`~deepen.compute.disk`, :mod:`~deepen.compute.json_files`: what they stand on
- :mod:`~deepen.compute.weights`: trees of tensors as safetensors and JSON
"""
