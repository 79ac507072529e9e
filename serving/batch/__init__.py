"""Score files of any size: rows or documents in, the same rows with answers out, part by part."""
