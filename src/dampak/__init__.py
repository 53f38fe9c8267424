"""dampak: reproducible social-impact assessment, from raw surveys to a checkable verdict."""
