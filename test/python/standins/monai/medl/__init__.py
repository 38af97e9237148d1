"""Stand-in for the package of that name in the Clara Train image."""
