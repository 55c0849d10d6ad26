"""How fast the zoo is, measured beside what it replaces."""
