"""`python -m ofbench` is the command `ofbench`."""

from console.programs import ofbench

if __name__ == "__main__":
    ofbench()
