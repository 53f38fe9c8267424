"""Effects of several programmes: by method, subgroup and area, over the uncertainty of linkage, up to the verdict."""
