"""`python -m apps.swim.cli`, for whoever runs it with a Python of their choice."""

from console.programs import ofswim

if __name__ == "__main__":
    ofswim()
