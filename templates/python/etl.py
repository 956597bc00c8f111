"""The functions of the pipeline. A task gives them its inputs and outputs by name: paths, and values."""

import csv
from collections import defaultdict


def clean(table, out):
    """Trims cells, drops rows with an empty cell and rows that were there before."""
    with open(table, newline="") as source:
        header, *rows = [tuple(cell.strip() for cell in row) for row in csv.reader(source)]
    complete = [row for row in rows if len(row) == len(header) and all(row)]
    kept = list(dict.fromkeys([header, *complete]))
    with open(out, "w", newline="") as made:
        csv.writer(made, lineterminator="\n").writerows(kept)
    print(f"{len(kept) - 1} of {len(rows)} rows kept")


def totals(tables):
    """What it returns is a value: JSON that has versions, and that other tasks may read."""
    found = defaultdict(float)
    for path in tables.values():
        with open(path, newline="") as rows:
            for row in csv.DictReader(rows):
                found[row["product"]] += int(row["units"]) * float(row["price"])
    return {product: round(amount, 2) for product, amount in found.items()}


def report(totals, currency, out):
    rows = sorted(totals.items(), key=lambda each: -each[1])
    lines = [f"| product | {currency} |", "| --- | --: |", *(f"| {product} | {amount:.2f} |" for product, amount in rows)]
    with open(out, "w") as made:
        made.write("\n".join(lines) + "\n")
