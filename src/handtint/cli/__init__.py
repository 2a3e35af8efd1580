"""The command line; one file a command. Imports nothing heavy until a command runs."""
