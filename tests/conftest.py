"""Makes `towns` and `fakes` importable from every room of the tests (pytest puts this folder on the path)."""
