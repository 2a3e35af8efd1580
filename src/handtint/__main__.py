"""``python -m handtint``: the command line, for launchers such as ``torchrun``."""

from handtint.cli.main import main

if __name__ == "__main__":
    main()
