"""What Firebreak tells platforms: events, the endpoints they go to, and every attempt to get them there."""
