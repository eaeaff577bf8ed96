"""The table of left-over caches: where each lies, and which line of a Dockerfile avoids it.

A kind is added by adding a row to one of the tables. `**/` at the front of a directory means
anywhere; a `*` stands for part of a name, and `/*` at the end for every directory there. A
directory that is named by an environment variable of the image counts as well.

Advice is followed by people who trust it, so it must not break an image: it deletes files and keeps
directories, whose owners and modes a service may need; and what programs may read when they run
(models, browsers, an interpreter's packages) is not advised to be removed without that condition.
"""

from __future__ import annotations

from runner.image.contents.cache_kinds.distributions import DISTRIBUTIONS
from runner.image.contents.cache_kinds.installers import INSTALLERS
from runner.image.contents.cache_kinds.kind import CacheKind
from runner.image.contents.cache_kinds.languages import LANGUAGES
from runner.image.contents.cache_kinds.others import OTHERS

CACHE_KINDS: tuple[CacheKind, ...] = (*INSTALLERS, *DISTRIBUTIONS, *LANGUAGES, *OTHERS)
