"""deps=production for yarn 2 and later: no option of an install leaves anything out, so all is
installed as it is locked, and `yarn workspaces focus` removes what is for development."""

from __future__ import annotations

import re

from runner.dockerfile.document import Document
from runner.dockerfile.edits.appending import appended
from runner.dockerfile.edits.around import is_link
from runner.dockerfile.edits.installs import Install, InstallRun
from runner.dockerfile.edits.node_packages import NEW_YARN, prune_command
from runner.dockerfile.edits.stages_yarn import as_the_image_has_it
from runner.dockerfile.facts import Facts
from runner.dockerfile.spans import NotApplicable, Replacement

_MODULES = "node-modules"
_NEW = re.compile(r"corepack|\.yarn\b|\.yarnrc\.yml|--immutable")
"""What of a Dockerfile may be about yarn 2 or later."""


def is_new_yarn(install: Install, facts: Facts) -> bool:
    """Whether a command installs with the project's yarn 2 or later."""
    return install.installer.name == "yarn" and facts.yarn is not None


def may_be_new_yarn(document: Document, facts: Facts) -> bool:
    """Whether yarn may be 2 or later, which has other options and other directories, without a
    manifest that says so: one that is known and says nothing else is of yarn 1."""
    known = any(x.installer == "yarn" for x in facts.manifests)
    return facts.yarn is None and not known and bool(_NEW.search(document.text))


def not_focused(document: Document, facts: Facts) -> str:
    """Why the project's yarn cannot leave out what is for development; empty if it can, and for
    yarn 1."""
    if may_be_new_yarn(document, facts):
        return "yarn may be one of the newer ones, which have no such option"
    if facts.yarn is None:
        return ""
    yarn = as_the_image_has_it(document, facts.yarn)
    if isinstance(yarn, NotApplicable):
        return yarn.reason
    if yarn.linker != _MODULES:
        return (
            f"yarn keeps packages as nodeLinker {yarn.linker} does, and removes those for"
            f" development from {_MODULES} alone"
        )
    if not yarn.focuses:
        return (
            "yarn 2 and 3 leave development dependencies out by the plugin workspace-tools, which"
            " .yarnrc.yml does not name"
        )
    if yarn.hook:
        return (
            f"yarn runs {yarn.hook} of package.json whenever it installs, which may need what is"
            " for development"
        )
    return ""


def focused(document: Document, item: InstallRun, install: Install) -> list[Replacement]:
    """What removes packages for development, behind the command that installs them: before a later
    one that empties yarn's cache. Nothing where it cannot stand there."""
    command = prune_command(NEW_YARN, "")
    if is_link(item.script, install.command):
        end = install.command.end
        return [Replacement(end, end, f"{document.and_then}{command}")]
    several = sum(x.installer.name == "yarn" for x in item.installs) > 1
    behind = None if several else appended(document, item.run, item.script, command)
    return [behind] if behind else []
