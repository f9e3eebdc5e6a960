"""Runs the decoders on untrusted bytes in locked-down child processes; `pool.DecoderPool` is the way in.

Nothing is imported here, so that a child does not load the parent's half.
"""
