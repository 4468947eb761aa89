"""`python -m ofswitch` is the command `ofswitch`."""

from console.programs import ofswitch

if __name__ == "__main__":
    ofswitch()
