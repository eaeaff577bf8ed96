"""The quick look at a path, which keeps the closer one from most, loses nothing."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from runner.image.contents import secrets
from runner.image.contents.secrets import HIDDEN, is_secret, secrets_in
from runner.model.entries import Entry, EntryKind

KINDS = (
    secrets._KEY,
    secrets._TERRAFORM,
    secrets._ENVIRONMENT,
    secrets._SECRETS,
    secrets._HISTORY,
)
NAMES = st.one_of(
    st.sampled_from(sorted(secrets._FILES)),
    *(st.from_regex(kind, fullmatch=True) for kind in KINDS),
    st.sampled_from(HIDDEN).map(lambda path: f"{path}x" if path.endswith("/") else path),
    st.sampled_from([f"{'/'.join(folders)}/{name}" for folders, name in secrets._IN_FOLDERS]),
)
COPIES = ("", "~", ".bak", "-old", "_orig2", ".swp", ".backup1")


@given(folder=st.sampled_from(("", "app/", "srv/x/")), name=NAMES, copy=st.sampled_from(COPIES))
def test_what_is_a_secret_is_found_in_a_layer(folder: str, name: str, copy: str) -> None:
    for path in (f"{folder}{name}{copy}", f"{folder}{name}{copy}".upper()):
        found = secrets_in([Entry(path, EntryKind.file)])
        assert found == ((path,) if is_secret(path) else ())
