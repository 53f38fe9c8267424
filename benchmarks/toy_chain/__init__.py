"""A chain of five steps, the edits made to it, and the tools that keep it up to date."""
