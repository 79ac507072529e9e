"""What a question is and where it comes from. Imports nothing else of ours."""
