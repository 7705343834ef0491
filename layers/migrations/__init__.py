"""The history of the database's tables, generated from the declarations by Alembic."""
