"""Translate a KQL query on stdin to SQL for DuckDB on stdout.

usage: python kql_to_sql.py YYYY-MM-DDTHH:MM:SS < query.kql

duckdb-kql (PyPI) reads the KQL, independently of us. The argument is what the
query takes for the present, so that ago() has one answer.
"""

import datetime
import re
import sys

import duckdb_kql

# What the query's let statements project, in its own words: a union needs the
# columns of what it unites.
kql = sys.stdin.read()
schema = {
    name: re.findall(r"\w+", columns)
    for name, columns in re.findall(r"let (\w+) = Device.*?\| project ([^;]*);", kql, re.S)
}

now = datetime.datetime.fromisoformat(sys.argv[1])
sql = str(duckdb_kql.to_sql(kql, schema=schema, query_now=now))
print(sql.replace("$kqlnow", f"'{now.isoformat(sep=' ')}'"))
