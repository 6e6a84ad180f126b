"""Charts as functions from a `Reading` to a Plotly figure, all in the house look; nothing here knows HTML."""
