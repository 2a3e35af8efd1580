"""Operators on the pixel grid and the solvers of the linear systems that they make."""
