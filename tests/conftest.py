"""Makes `towns`, `fakes` and `audits` importable from every room of the tests (pytest puts this folder on the path)."""

import pytest

pytest.register_assert_rewrite("audits")  # so that an audit that fails shows its numbers
