"""The networks, a file each; the only modules that need PyTorch."""
