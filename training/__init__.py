"""Makes an artefact. Imports `data` and `models`, never `serving`."""
