"""`python -m controller.cli`, for whoever runs it with a Python of their choice."""

from console.programs import ofcontroller

if __name__ == "__main__":
    ofcontroller()
