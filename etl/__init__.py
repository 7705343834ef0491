"""Read, decode, repair, check, match, load, report; and the generated demo city."""
