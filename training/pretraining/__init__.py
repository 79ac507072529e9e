"""Pre-train a compact encoder of RobBERT's architecture on Dutch text."""
