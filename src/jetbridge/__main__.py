"""`python -m jetbridge`, the same as the `jetbridge` command."""

from jetbridge.cli.main import main

if __name__ == "__main__":
    main(prog_name="jetbridge")
