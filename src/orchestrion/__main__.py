"""`python -m orchestrion`: the command, where no script of it is on the path."""

from orchestrion.apps.cli import main

if __name__ == "__main__":
    main()
