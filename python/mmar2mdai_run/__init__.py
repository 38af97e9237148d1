"""What `mmar2mdai run` does in Python: read DICOM, ask the model, and measure its answer."""
