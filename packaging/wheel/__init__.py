"""mmar2mdai: from an NVIDIA Clara MMAR to a bundle for MD.ai. A command line; see __main__."""
