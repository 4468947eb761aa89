"""`python -m apps.swim.cli`, for whoever runs it with a Python of their choice."""

from apps.swim.cli import main

if __name__ == "__main__":
    main()
