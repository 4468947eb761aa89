"""What the command lines of all programs share. It imports none of them, and knows nothing of OpenFlow."""
