"""The kernel: vocabulary, database, identity, queries. Imports none of the other packages."""
