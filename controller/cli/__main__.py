"""`python -m controller.cli`, for whoever runs it with a Python of their choice."""

from controller.cli import main

if __name__ == "__main__":
    main()
