"""Muonic force carriers from dark bremsstrahlung in a conditional GAN (Ramazyan, Vallecorsa, Kajomovitz)."""
