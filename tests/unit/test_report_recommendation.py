"""What is said about a choice: size, steps, what was rejected, what failed."""

from __future__ import annotations

from dataclasses import replace

from runner.analysis.recommend import Alternative, recommend
from runner.report.recommendation import Verdict, headline, reasons, recommendation_markdown

MB = 10**6
OWN = Alternative("Dockerfile", 1_200 * MB, 450 * MB, 40.0, 0, instructions=9)
SLIM = Alternative("slim", 150 * MB, 52 * MB, 9.0, 1, instructions=7)
MULTI = Alternative(
    "multi", 130 * MB, 48 * MB, 9.5, 2, instructions=11, changed=frozenset({("stages", "multi")})
)
ROOT = Alternative(
    "root", 31 * MB, 10 * MB, 12.0, 3, instructions=12,
    changed=frozenset({("stages", "multi"), ("prune", "trimmed")}),
)  # fmt: skip
MINIMAL = Alternative("minimal", 19 * MB, 8 * MB, 12.0, 4, shippable=False)


def verdict(*alternatives: Alternative, **more: object) -> Verdict:
    """What is said about these."""
    return Verdict(
        "shop",
        recommend(alternatives),
        {"slim": "a slim base", "root": "a root of its own"},
        failures=("alpine: build failed: RUN pip [wheel]",),
        evidence=("port 8000: EXPOSE in Dockerfile",),
        own=("Dockerfile",),
        files=("Dockerfile", ".dockerignore"),
        places={"root": "dockerfiles/0a1b"},
        **more,  # type: ignore[arg-type]
    )


def test_the_choice_is_held_against_the_projects_own_dockerfile() -> None:
    said = headline(verdict(OWN, SLIM, MULTI, ROOT, MINIMAL))
    assert said == (
        "root: 31.0 MB unpacked, 10.0 MB compressed; Dockerfile has 1.20 GB, 38.7× as much"
    )
    assert headline(verdict(SLIM)) == "slim: 150.0 MB unpacked, 52.0 MB compressed"


def test_of_a_choice_that_is_as_large_the_time_of_a_rebuild_is_said() -> None:
    own = replace(OWN, edit_s=12.6)
    ordered = Alternative("ordered", 1_200 * MB, 450 * MB, 40.0, 1, edit_s=7.6)
    assert headline(verdict(own, ordered)).endswith(
        "; built after an edited line in 7.6 s, Dockerfile in 12.6 s"
    )


def test_what_a_dockerfile_lacks_to_work_is_said_with_its_size() -> None:
    mended = replace(verdict(OWN), own=(), mended=("Dockerfile",))
    assert headline(mended).endswith("; the project's own, with what it lacks to work at all")


def test_each_step_says_what_it_saves_and_what_it_costs() -> None:
    assert reasons(verdict(OWN, SLIM, MULTI, ROOT, MINIMAL)) == (
        "slim: a slim base: 150.0 MB",
        "multi: 20.0 MB smaller, for 4 more instructions in the Dockerfile",
        "root: a root of its own: 99.0 MB smaller, for 1 more instruction in the Dockerfile",
        "minimal: 12.0 MB smaller, but not for shipping: it shows how far one could go",
        "multi: 99.0 MB larger",
        "slim: 119.0 MB larger",
        "Dockerfile: 1.17 GB larger",
        "alpine: build failed: RUN pip [wheel]",
    )


def test_a_choice_so_far_says_how_many_are_not_measured() -> None:
    one, two = verdict(OWN, unmeasured=("slim",)), verdict(OWN, unmeasured=("slim", "multi"))
    assert "the choice so far: 1 alternative is not measured yet (slim)" in reasons(one)[0]
    assert "the choice so far: 2 alternatives are not measured yet" in reasons(two)[0]


def test_a_dockerfile_that_there_was_no_time_for_is_said_with_the_next_step() -> None:
    late = verdict(OWN, unmeasured=("Dockerfile.prod",), postponed=("Dockerfile.prod",))
    assert reasons(late)[0].endswith(
        "; there was no time for the project's own Dockerfile.prod: --dockerfile Dockerfile.prod"
        " has it built before edits of another, a larger --budget behind them"
    )


def test_what_is_better_in_something_else_is_told() -> None:
    quick = Alternative("quick", 40 * MB, 11 * MB, 1.1, 1)
    packed = Alternative("packed", 45 * MB, 9 * MB, 30.0, 1)
    said = reasons(verdict(ROOT, quick, packed))
    assert "quick: 9.0 MB larger, though built faster by an order of magnitude" in said
    assert "packed: 14.0 MB larger, though 1.0 MB smaller when compressed" in said


def test_the_projects_own_dockerfile_is_kept_where_nothing_is_better() -> None:
    own = Alternative("Dockerfile", 31_500_000, 10 * MB, 12.0, 0)
    said = verdict(own, ROOT)
    assert headline(said).endswith("; the project's own, as it is")
    assert reasons(said)[0] == "root: 500.0 kB smaller: as large and less simple"
    assert "There is nothing to change" in recommendation_markdown(said, "| table |\n")


def test_the_page_says_how_to_adopt_it_and_shows_everything() -> None:
    page = recommendation_markdown(verdict(OWN, SLIM, MULTI, ROOT, context="backend"), "| t |\n")
    assert page.startswith("# What to build shop with\n\n**root: ")
    assert "Copy `Dockerfile`, `.dockerignore` to `backend` and run `docker build backend`" in page
    assert "- alpine: build failed: RUN pip \\[wheel]" in page
    assert "- port 8000: EXPOSE in Dockerfile" in page
    assert "[root](../dockerfiles/0a1b/Dockerfile)" in page
    for title in ("Step by step", "Rejected", "Failed", "How this was decided", "All alternatives"):
        assert f"## {title}\n" in page


QUICK = Alternative("quick", 60 * MB, 20 * MB, 9.0, 2, healthy_s=4.0)
SLOW = Alternative(
    "slow", 40 * MB, 12 * MB, 9.0, 3, changed=frozenset({("bytecode", "none")}), healthy_s=12.0
)


def test_a_choice_that_starts_slowly_is_never_recommended_without_saying_so() -> None:
    judged = verdict(QUICK, SLOW)
    assert headline(judged) == ("slow: 40.0 MB unpacked, 12.0 MB compressed, healthy after 12.0 s")
    said = (
        "slow starts slowly: 12.0 s to its first healthy answer, quick 4.0 s (20.0 MB larger);"
        " what differs: bytecode=none"
    )
    assert reasons(judged)[0] == said
    page = recommendation_markdown(judged, "")
    assert page.index("**slow starts slowly: 12.0 s") < page.index("Step by step")


def test_a_start_is_slow_by_a_factor_and_by_what_one_notices() -> None:
    instant = replace(QUICK, healthy_s=0.1)
    assert not [
        line
        for line in reasons(verdict(instant, replace(SLOW, healthy_s=0.25)))
        if "starts" in line
    ]
    assert [
        line for line in reasons(verdict(instant, replace(SLOW, healthy_s=0.7))) if "starts" in line
    ]
    assert not [
        line for line in reasons(verdict(QUICK, replace(SLOW, healthy_s=7.9))) if "starts" in line
    ]


def test_the_start_of_what_is_not_for_shipping_is_no_measure() -> None:
    beyond = replace(QUICK, shippable=False)
    assert not [line for line in reasons(verdict(beyond, SLOW)) if "starts" in line]


def test_a_recommended_image_with_secrets_says_so_first() -> None:
    judged = verdict(QUICK, SLOW, secrets=("app/.env", "app/tls/server.key"))
    assert reasons(judged)[0].startswith(
        "WARNING: this image holds what is usually secret: /app/.env, /app/tls/server.key; leave"
    )
    page = recommendation_markdown(judged, "")
    assert page.index("usually secret") < page.index("starts slowly")


def test_a_patch_names_each_file_that_it_changes_and_no_other() -> None:
    improved = verdict(OWN, SLIM, replaces="docker/Dockerfile")
    page = recommendation_markdown(improved, "")
    assert "put `Dockerfile` in the place of `docker/Dockerfile`. No other file" in page
    page = recommendation_markdown(replace(improved, replaces_ignore=".dockerignore"), "")
    assert (
        "`Dockerfile` in the place of `docker/Dockerfile`, and `.dockerignore` in that of"
        " `.dockerignore`. No other file is replaced."
    ) in page


def test_what_the_project_has_already_is_never_overwritten() -> None:
    page = recommendation_markdown(verdict(OWN, SLIM, taken=("Dockerfile",)), "")
    assert (
        "The project's own `Dockerfile` stays as it is: copy `Dockerfile` as"
        " `Dockerfile.dockbench`, `.dockerignore` as `Dockerfile.dockbench.dockerignore`"
        " to the project's directory and run"
        " `docker build -f Dockerfile.dockbench .` in the project."
    ) in page


def test_the_plain_dockerfile_is_not_called_the_projects_own() -> None:
    plain = Alternative("plain go", 800 * MB, 300 * MB, 40.0)
    alone = replace(verdict(plain), own=(), plain="plain go")
    assert headline(alone).endswith("; nothing that is known makes it smaller")
    assert "Copy `Dockerfile`, `.dockerignore` to" in recommendation_markdown(alone, "")
    better = replace(verdict(plain, SLIM), own=(), plain="plain go")
    assert headline(better).endswith("; plain go has 800.0 MB, 5.33× as much")
