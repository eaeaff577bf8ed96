"""Requests to `bench` that cannot be, and the words that its one line of an answer must have."""

from __future__ import annotations

from pathlib import Path

REFUSED: dict[str, tuple[list[str], list[str]]] = {
    "an unknown level": (["base=debain"], ["base=debain", "alpine, derived, full, quick, slim"]),
    "an unknown factor": (["bass=slim"], ["bass", "did you mean base?"]),
    "an unknown key": (["base.imgae=x:1"], ["base.imgae", "did you mean image?", "standin"]),
    "a key made up with +": (["+run.frsh=true"], ["run.frsh", "did you mean fresh?"]),
    "an unknown experiment": (["experiment=progresion"], ["experiment=progresion", "progression"]),
    "an unknown project": (["project=page2"], ["project=page2", "famous_ner, page"]),
    "the name of an experiment alone": (["steps"], ["KEY=VALUE", "EQUAL"]),
    "the name of one of ours": (["progression"], ["write experiment=progression"]),
    "a mistyped one of ours": (["progresion"], ["did you mean experiment=progression?"]),
    "a level alone": (["slim"], ["KEY=VALUE", "did you mean base=slim?"]),
    "a list of experiments": (
        ["experiment=[bases,caches]", "--dry-run"],
        ["a sweep is of one experiment", "write experiment="],
    ),
    "a number sign": (["base.image=a#b"], ["into quotes", "base.image='a#b'"]),
    "a number sign in one of two": (
        ["-m", "base.image=a:1#x,b"],
        ["put the values into quotes", "\"base.image='a:1#x',b\""],
    ),
    "an equals sign": (["base.image=a=b"], ["into quotes", "base.image='a=b'"]),
    "a letter that Hydra needs quotes for": (["project.name=café"], ["project.name='café'"]),
    "no key": (["=x"], ["=x: the key is missing", "KEY=VALUE"]),
    "a sign and no key": (["+=x"], ["+=x: the key is missing", "KEY=VALUE"]),
    "nothing but a sign": (["~"], ["~: the key is missing"]),
    "a key that ends in a dot": (["base.=x"], ["cannot read base.=x: a key is one word"]),
    "a key that begins with a slash": (["/base=slim"], ["cannot read /base=slim: a key is"]),
    "an unknown main configuration": (
        ["--config-name", "nosuch"],
        ["dockbench: there is no configuration nosuch: neither", "has a nosuch.yaml\n"],
    ),
    "several numbers of trials": (
        ["-m", "run.trials=range(1,3)"],
        ["run.trials has several values, and no variant differs by it", "run.results=DIRECTORY"],
    ),
    "several seeds in a dry run": (["-m", "run.seed=1,2", "--dry-run"], ["run.seed has several"]),
    "a dry run of another sweeper": (
        ["hydra/sweeper=basic", "-m", "base=slim", "--dry-run"],
        ["dockbench's own sweeper", "leave hydra/sweeper=basic out"],
    ),
    "two archives of one name": (
        ["-m", "base.archive=/a/i.tar,/b/i.tar", "--dry-run"],
        ["base.archive=/a/i.tar and base.archive=/b/i.tar", "give them different ones"],
    ),
    "several networks": (["-m", "base=slim", "network=auto,direct"], ["network has several"]),
    "a grid of settings": (
        ["+experiment.grid={run.trials: [1, 2]}"],
        ["run.trials has several values"],
    ),
    "a list of levels": (["base=[slim,alpine]"], ["one level of each", "write base=slim,alpine"]),
    "nothing to resolve": (["--resolve"], ["--cfg job --resolve"]),
    "nothing to run again": (
        ["--experimental-rerun", "lost.pickle"],
        ["--experimental-rerun=lost.pickle: there is no such file", "config.pickle"],
    ),
    "two commands": (["--cfg", "job", "-m"], ["only one of", "--multirun", "--cfg"]),
    "a name that leads out": (["experiment.name=../../x"], ["experiment.name='../../x'"]),
    "no name": (["experiment.name=''"], ["experiment.name=''"]),
    "a name that is too long": (
        [f"experiment.name={'x' * 300}"],
        ["experiment.name=", "at most 200 bytes", "300"],
    ),
    "a name that is null": (["experiment.name=null"], ["experiment.name=null", "leave it out"]),
    "a level that is null": (["base=null"], ["no name (null, a number)", "base=slim"]),
    "a number that is null": (["run.trials=null"], ["run.trials=null", "leave it out"]),
    "a base that is no reference": (
        ["base.image='a#b'"],
        ["base/slim.yaml, or an override: image: ", "'a#b'", "image reference"],
    ),
    "no trial": (["run.trials=0"], ["run.trials=0", "between 1 and"]),
    "an unknown scenario": (["scenarios=[warm]"], ["no scenario warm", "cold"]),
    "a launcher that is not installed": (
        ["hydra/launcher=submitit_slurm"],
        ["hydra/launcher=submitit_slurm is not installed", "pip install 'dockbench[submitit]'"],
    ),
    "an interval": (["run.seed=interval(1,3)"], ["interval", "hydra/sweeper=optuna"]),
    "a rule about no key": (["+experiment.exclude=[{bass: x}]"], ["bass", "did you mean base?"]),
    "a rule that leaves nothing": (["experiment.exclude=[{base: slim}]"], ["leaves nothing of 1"]),
    "an objective that is no list": (["run.objective=3"], ["run.objective"]),
    "no number": (["run.build_timeout_s=soon"], ["run.build_timeout_s", "soon"]),
    "no yes or no": (["run.fresh=perhaps"], ["run.fresh", "perhaps"]),
    "none of the choices": (["builder=kaniko"], ["builder=kaniko", "buildkit, classic"]),
    "no way to purge": (["cache.purge=sometimes"], ["cache.purge", "sometimes", "same_layer"]),
    "a time limit out of bounds": (["run.build_timeout_s=0"], ["run.build_timeout_s=0", "86400"]),
    "no patience": (["project.check.timeout_s=-5"], ["project.check.timeout_s=-5"]),
    "a port out of bounds": (["project.port=99999"], ["port", "99999", "65535"]),
    "an override without a value": (["run.fresh"], ["run.fresh", "EQUAL"]),
    "a value that cannot be read": (["base=["], ["base=["]),
    "contradictory levels": (["prune=trimmed"], ["prune=trimmed", "stages=single", "choose multi"]),
    "contradictory builder": (
        ["builder=classic", "cache=mount"],
        ["cache=mount", "builder=classic", "choose builder=buildkit"],
    ),
    "a step that contradicts itself": (
        ["experiment.path=[{name: odd, about: x, set: {prune: trimmed}}]"],
        ["step odd", "prune=trimmed", "stages=single"],
    ),
    "a step with an unknown level": (
        ["experiment.path=[{name: odd, about: x, set: {base: debain}}]"],
        ["base=debain", "slim"],
    ),
    "every combination refused": (
        ["-m", "prune=trimmed,minimal"],
        ["all 2 combinations", "prune=trimmed", "stages=single"],
    ),
    "one unknown level in a sweep": (["-m", "base=slim,debain"], ["base=debain", "slim"]),
    "an option that there is not": (["--frobnicate"], ["--frobnicate", "--hydra-help"]),
    "a configuration folder that is not there": (["--config-dir", "/nowhere"], ["/nowhere"]),
    "sources that are not there": (["project.folder=/nowhere"], ["project.folder=/nowhere"]),
    "no request file": (["project.check.request_file=no.json"], ["check.request_file=no.json"]),
    "results in the project": (
        [f"run.results={Path(__file__).parent / 'page' / 'repository' / 'mine'}"],
        ["run.results=", "lies in the project page", "name another directory"],
    ),
    "an answer that is no JSON": (
        ["project.check.answer_file=README.md"],
        ["check.answer_file=README.md", "not JSON"],
    ),
    "an instruction in a value": (
        ["project.package='page\\nRUN true'"],
        ["package", "page"],
    ),
}
"""What is wrong: the overrides, and what the line says."""

COMMANDS = (
    "an unknown level",
    "an override without a value",
    "contradictory builder",
    "a step that contradicts itself",
    "every combination refused",
    "an option that there is not",
    "sources that are not there",
    "an answer that is no JSON",
)
"""Of each kind of refusal one, which is tested as a command; the others in one process."""

LEVELS = {
    "a key that a level cannot have": ("standn: slim", ["base/own.yaml", "base.standn", "standin"]),
    "a value that a key cannot have": ("provider: ftp", ["base/own.yaml", "ftp", "registry"]),
    "no YAML": ("standin: [", ["own.yaml", "line "]),
}
"""What is wrong with a level of the user's own: a line of its file, and what the line says."""


def write_level(configs: Path, line: str) -> Path:
    """A level `base=own` with this line in a configuration folder; returns the folder."""
    level = configs / "base" / "own.yaml"
    level.parent.mkdir()
    level.write_text(f"level: own\nabout: mine\nimage: a:1\n{line}\n")
    return configs
