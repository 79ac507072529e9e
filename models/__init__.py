"""How a question becomes an answer. Imports `data` alone."""
