"""The memory: tables, migrations, and one .sql file per question a person asks of them."""
