"""What is changed in the copy of a project's own Dockerfile that is built where its base images
cannot be had, for it to build on what stands for them; each change is said in a note."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from functools import cache, partial

from runner.compare.elsewhere import Elsewhere
from runner.dockerfile.corepack_keys import without_keys_of_corepack
from runner.dockerfile.cypress_download import without_cypress
from runner.dockerfile.debian_names import RELEASE, with_names_of_here, without_questions
from runner.dockerfile.document import DockerfileError, Document
from runner.dockerfile.extra_indexes import with_one_retry_of_pip
from runner.dockerfile.installer_fallback import (
    with_pip_behind_added_installers,
    with_pip_behind_installers,
)
from runner.dockerfile.native_modules import with_compiler_behind_npm
from runner.dockerfile.node_headers import (
    with_headers_of_node,
    with_legacy_openssl,
    without_engine_checks,
)
from runner.dockerfile.other_mirrors import with_mirrors_that_answer
from runner.dockerfile.pipenv_fallback import with_any_python_for_pipenv
from runner.dockerfile.poetry_fallback import with_pip_behind_poetry
from runner.dockerfile.system_pip import is_older, with_pip_beside_system_packages
from runner.dockerfile.uv_python import with_python_of_image_for_uv
from runner.network.upstreams import npm_registry

_Edit = tuple[Callable[[Document], Document], str]
"""What is changed in the copy that is built, and the note where it changed something."""
_ON_ANY_PYTHON: _Edit = (
    with_any_python_for_pipenv,
    "`pipenv install --deploy` is `pipenv verify` and `pipenv sync` in the copy that is"
    " built: it ends on another Python than the Pipfile asks for",
)
_PYTHON_OF_UV: _Edit = (
    with_python_of_image_for_uv,
    "uv uses the Python of the image in the copy that is built: the one that the project pins would"
    " be downloaded (UV_PYTHON is set for RUN)",
)
_OLD_NODE: _Edit = (
    with_legacy_openssl,
    "Node takes old digests in the copy that is built, as the version of the project's own image"
    " did: NODE_OPTIONS=--openssl-legacy-provider is set for RUN",
)
_OLD_DEBIAN: _Edit = (
    with_pip_beside_system_packages,
    "pip installs next to the distribution's packages in the copy that is built, as it did in the"
    " project's own image: PIP_BREAK_SYSTEM_PACKAGES is set for RUN",
)
_OPENSSL_3 = 17
"""The first version of Node that comes with it."""
_NODE = re.compile(r"(?:[\w.:/-]*[/:])?node:?(\d+)")
_WITHOUT_CYPRESS: _Edit = (
    without_cypress,
    "Cypress downloads no program in the copy that is built, as its host may not answer:"
    " CYPRESS_INSTALL_BINARY is set for RUN",
)
_ONE_RETRY = (
    "pip asks again only once in the copy that is built, as the second index that it is told may"
    " not answer: PIP_RETRIES is set for RUN"
)
_ON_STANDINS: tuple[_Edit, ...] = (
    (
        without_questions,
        "apt asks no question in the copy that is built (-y): it asks where it installs more than"
        " it is told, and a stand-in has fewer packages than the image in whose place it is",
    ),
    _PYTHON_OF_UV,
    (
        with_headers_of_node,
        "native modules are compiled with the headers of Node that the image has in the copy"
        " that is built: npm_config_nodedir is set for RUN",
    ),
    (
        without_engine_checks,
        "packages that ask for another version of Node than the stand-in has are installed all the"
        " same in the copy that is built",
    ),
    (
        with_compiler_behind_npm,
        "where a module of Node is compiled, as what was compiled before cannot be downloaded, a"
        " compiler is there for that command in the copy that is built",
    ),
    (
        partial(without_keys_of_corepack, registry=cache(npm_registry)),
        "corepack asks for no signatures in the copy that is built, which a mirror of the package"
        " index lacks: COREPACK_INTEGRITY_KEYS is set for RUN",
    ),
    (
        with_pip_behind_installers,
        "where the host of an installer that is fetched does not answer, pip installs the same"
        " program in the copy that is built",
    ),
    (
        with_pip_behind_added_installers,
        "where the host of an installer that ADD fetches does not answer, pip installs the same"
        " program in the copy that is built",
    ),
    (
        with_mirrors_that_answer,
        "where a mirror that it names does not answer, packages come from where the stand-ins have"
        " them in the copy that is built",
    ),
    (
        with_pip_behind_poetry,
        "where the package index lacks what `poetry install` asks for, pip installs the files"
        " of the lock in the copy that is built",
    ),
)


def _edited(document: Document, edits: Sequence[_Edit]) -> tuple[str, list[str]]:
    """The text after these edits, and a note for each that changed something."""
    notes = []
    for edit, note in edits:
        before, document = document.text, edit(document)
        if document.text != before:
            notes.append(note)
    return document.text, notes


def for_other_versions(text: str, target: str, notes: list[str], instead: Mapping[str, str]) -> str:
    """The text with a Pipenv and a uv that install their locks on whatever Python there is, and
    with what the Node of the images did that others take the place of (reference → the other)."""
    pairs = ((_node(reference), _node(other)) for reference, other in instead.items())
    old = [_OLD_NODE] if any(0 < asked < _OPENSSL_3 <= taken for asked, taken in pairs) else []
    old += [_OLD_DEBIAN] if any(map(is_older, instead)) else []
    try:
        edited, said = _edited(Document(text, target), (_ON_ANY_PYTHON, _PYTHON_OF_UV, *old))
    except DockerfileError:
        return text  # the builder will say what is wrong with it
    notes += said
    return edited


def _node(reference: str) -> int:
    """The main release of Node in an image; 0 where its name tells none."""
    match = _NODE.match(reference)
    return int(match[1]) if match else 0


def for_standins(
    text: str, target: str, notes: list[str], elsewhere: Collection[Elsewhere] = ()
) -> str:
    """The text with packages named as the stand-ins' release of Debian names them, and with what
    else of it asks for hosts that do not answer where stand-ins are used."""
    try:
        document, renamed = with_names_of_here(Document(text, target))
        more = (_WITHOUT_CYPRESS,) if Elsewhere.cypress in elsewhere else ()
        retries = partial(with_one_retry_of_pip, in_files=Elsewhere.second_index in elsewhere)
        edited, said = _edited(document, (*_ON_STANDINS, *more, (retries, _ONE_RETRY)))
    except DockerfileError:
        return text  # the builder will say what is wrong with it
    for package, here in renamed.items():
        notes.append(
            f"the package {package} is {here} in the copy that is built: its base there is Debian"
            f" {RELEASE}"
        )
    notes += said
    return edited
