"""Looking for bytes in texts."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jetbridge.wire.search import count_byte


@given(st.binary(max_size=300) | st.text("$a", max_size=300).map(str.encode))
def test_counts(data):
    """As many as there are, be there few or many."""
    assert data.count(b"$") == count_byte(data, b"$")


@pytest.mark.parametrize("every", [1, 2, 19, 20, 21, 100, 10_000])
def test_counts_in_long_texts(every):
    """However close they stand."""
    data = (b"$" + b"a" * (every - 1)) * (10_000 // every)

    assert data.count(b"$") == count_byte(data, b"$")
