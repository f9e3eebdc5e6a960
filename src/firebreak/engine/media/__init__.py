"""Untrusted bytes in, timed luma frames and sound out; decoding happens in sandboxed child processes."""
