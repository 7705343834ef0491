"""The history of the database's tables, generated from the declarations by Alembic.

There is no way back but a backup: grants, policies and triggers stand on the tables of the newest revision.
"""
