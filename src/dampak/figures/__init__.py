"""One module per figure, one house style."""
