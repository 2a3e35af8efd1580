"""The built-in colorizers, one file a method; see `handtint.colorizer` for the protocol."""
