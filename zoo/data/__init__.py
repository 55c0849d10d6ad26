"""Files in and out: validated HDF5, atomic writing, reproducible splits."""
