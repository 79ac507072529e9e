"""Readers: the bytes of one file format to paragraphs or to marked questions and answers."""
