"""State that several controllers share. `maps` has it; `words` is what they tell each other of it, as bytes."""
