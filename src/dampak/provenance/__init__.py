"""What each output depends on: code fingerprints, stamps, stable bytes, verification."""
