"""Learning the coefficients of the methods from colour photographs."""
