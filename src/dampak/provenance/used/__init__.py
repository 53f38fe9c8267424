"""What a job is seen to use while it runs, and how that differs from what it declares."""
