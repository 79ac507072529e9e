"""Uses an artefact. Imports `data` and `models`, never `training`."""
