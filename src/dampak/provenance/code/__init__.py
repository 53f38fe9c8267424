"""What code a script can reach, and which packages that code uses: read from the source, nothing is run."""
