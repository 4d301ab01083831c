"""The websocket connection to Ranger."""
