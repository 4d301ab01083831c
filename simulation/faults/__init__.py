"""What can go wrong in a simulated world, one module for each part of it that breaks."""
