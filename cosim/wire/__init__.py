"""Codecs: what a message weighs in bits, and the real bytes that say so."""
