"""The generated demo city: invented from a seed, of any size, with its ground truth kept apart."""
