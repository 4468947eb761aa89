"""`python -m ofswitch` is the command `ofswitch`."""

from ofswitch.cli import main

if __name__ == "__main__":
    main(prog_name="ofswitch")
