"""What the command lines of all programs share. It knows none of them, and nothing of OpenFlow."""
