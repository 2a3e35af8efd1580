"""The terms that variational methods are summed up from, one file a term; see `term`."""
