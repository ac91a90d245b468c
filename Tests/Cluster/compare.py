"""compare.py ONE OTHER [table]: two result folders hold the same but for what no two runs share (times, memory, load).

Every record once, none missing, in the same order; with `table`, the CSV tables, too, without their columns of seconds.
"""
import collections
import csv
import json
import sys

one, other = sys.argv[1:3]


def records(folder):
    return [json.loads(line) for line in open(folder + "/records.jsonl")]


def is_shared(record):
    metric = record["metric"]
    return not metric.startswith(("seconds", "memory", "load", "cell.")) and not metric.endswith("memory")


def identity(record, value=True):
    kept = {key: content for key, content in record.items() if value or key != "value"}
    kept["parameters"] = {k: v for k, v in record["parameters"].items() if k != "machine"}
    return json.dumps(kept, sort_keys=True)


def table(path):
    rows = list(csv.reader(open(path)))
    kept = [i for i, title in enumerate(rows[0]) if "[s]" not in title and "memory" not in title.lower()]
    return [[row[i] for i in kept] for row in rows]


problems = []
for folder in (one, other):
    counts = collections.Counter(identity(record, value=False) for record in records(folder))
    problems += [f"{folder}: {n} times {key}" for key, n in counts.items() if n > 1]
first, second = ([identity(r) for r in records(f) if is_shared(r)] for f in (one, other))
if first != second:
    lost, new = set(first) - set(second), set(second) - set(first)
    problems.append(f"{len(first)} and {len(second)} records; {len(lost)} lost, {len(new)} new: {sorted(lost)[:1]} {sorted(new)[:1]}")
closing = [sum(r["metric"] == "cell.records" for r in records(f)) for f in (one, other)]
if closing[0] != closing[1]:
    problems.append(f"cells: {closing}")
if "table" in sys.argv[3:]:
    for name in ("precision.csv", "encrypted.csv"):
        if table(f"{one}/{name}") != table(f"{other}/{name}"):
            problems.append(f"{name} differs")
print("\n".join(problems) or f"same: {len(first)} records of {closing[0]} cells")
sys.exit(bool(problems))
