"""Applications on the controller: hub, learning switch, membership."""
