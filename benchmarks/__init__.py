"""Speed of the tagger beside the usual ways to serve such a model. Run by `make bench`; no part of the package."""
