"""What the steps of the toy chain share."""
