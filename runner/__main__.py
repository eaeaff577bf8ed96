"""`python -m runner` is the same as the command `dockbench`."""

from runner.cli.main import command

if __name__ == "__main__":
    raise SystemExit(command())
