#!/usr/bin/env python3
"""Runs cases of the expression language through `flowsentry expr` and compares validity and tree.

    conformance.py --bin target/release/flowsentry --cases cases.json

A case is {"id", "input", "valid", "ast" where valid, "confidence"}; those of low confidence are counted only.
Exits 1 where a case of high or medium confidence differs.
"""
import argparse, json, subprocess, sys

ap = argparse.ArgumentParser()
ap.add_argument("--bin", required=True)
ap.add_argument("--cases", required=True)
a = ap.parse_args()
cases = json.load(open(a.cases, encoding="utf-8"))["cases"]
lines = "".join(json.dumps(c["input"]) + "\n" for c in cases)
run = subprocess.run([a.bin, "expr"], input=lines.encode(), capture_output=True)
said = [json.loads(line) for line in run.stdout.decode().splitlines()]
if len(said) != len(cases):
    sys.exit("%d answers to %d cases: %s" % (len(said), len(cases), run.stderr.decode()[-300:]))
agree, differ = {}, []
for case, answer in zip(cases, said):
    same = answer["valid"] == case["valid"] and (not case["valid"] or answer["ast"] == case["ast"])
    level = case.get("confidence", "high")
    right, total = agree.get(level, (0, 0))
    agree[level] = (right + same, total + 1)
    if not same and level != "low":
        differ.append((case, answer))
for level, (right, total) in sorted(agree.items()):
    print("%-6s %d of %d agree" % (level, right, total))
for case, answer in differ:
    print("case %s: %r\n  expected %s\n  got      %s" % (case.get("id"), case["input"][:80], json.dumps(case.get("ast", "invalid")), json.dumps(answer)))
sys.exit(bool(differ))
