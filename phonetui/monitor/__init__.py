"""Live fleets: each phone is watched, what it says becomes knowledge, and what follows from it is compared."""
