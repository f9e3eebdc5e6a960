"""Where events are sent to, and whether they arrived."""
