"""python -m ofbench"""

from ofbench.cli import main

main()
