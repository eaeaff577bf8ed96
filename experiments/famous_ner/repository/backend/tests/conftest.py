"""What the tests share: a client of the service, once for each way of counting."""

from __future__ import annotations

from importlib.util import find_spec

import pytest
from flask.testing import FlaskClient

from famous_ner.app import create_app
from famous_ner.counting import Count, count_dataframe, count_plain

# The ways of counting that can run with what is installed here.
COUNTS = [count_plain, count_dataframe] if find_spec("pandas") else [count_plain]


@pytest.fixture(params=COUNTS, ids=[count.__name__ for count in COUNTS])
def count(request: pytest.FixtureRequest) -> Count:
    """One way of counting."""
    way: Count = request.param
    return way


@pytest.fixture
def client(count: Count) -> FlaskClient:
    """A client of a service that counts that way."""
    return create_app(count).test_client()
