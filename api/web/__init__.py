"""The pages people see, Vietnamese first, and what the scripts of those pages ask for."""
