#!/usr/bin/env python3
"""Names, as --kind arguments, the kinds of a planting tool whose rule exists: `flowsentry rules --format json` on stdin.

    flowsentry rules --format json | plant_kinds.py path/to/plant.py

A kind names the rules of which one must find it; kinds that name none (harmless changes) are always taken.
"""
import importlib.util, json, sys

sys.dont_write_bytecode = True  # the tool may lie in a folder that is not ours to write to
spec = importlib.util.spec_from_file_location("plant", sys.argv[1])
plant = importlib.util.module_from_spec(spec)
spec.loader.exec_module(plant)
rules = {rule["rule"] for rule in json.load(sys.stdin)["rules"]}
kinds = [kind for kind, (_, expected) in plant.KINDS.items() if expected & rules] + list(plant.HARMLESS)
print(" ".join("--kind " + kind for kind in kinds))
