# Judges addresses by a list of hosts, in no way like Tessera does: one set of names, and a walk up the labels.
# Reads a line of JSON {"hosts": [...]}, then one address per line; answers "deny" or "allow" per line.
import json
import sys
from urllib.parse import urlsplit

denied = set(json.loads(sys.stdin.readline())["hosts"])
answers = []
for line in sys.stdin:
    host = (urlsplit(line.strip()).hostname or "").rstrip(".")
    if not host.isascii():
        host = host.encode("idna").decode()
    labels = host.split(".")
    hit = any(".".join(labels[place:]) in denied for place in range(len(labels)))
    answers.append("deny" if hit else "allow")
sys.stdout.write("\n".join(answers))
