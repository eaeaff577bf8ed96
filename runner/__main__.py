"""`python -m runner` is the same as the command `dockbench`."""

from runner.cli.main import main

if __name__ == "__main__":
    raise SystemExit(main())
