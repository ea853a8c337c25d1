# SPDX-License-Identifier: GPL-2.0-only
"""contrib.py PROGRAM: what files in contrib/ say of the program, held against the program: options that exist, capabilities that agree. One line for each mistake."""
import glob
import json
import os
import shlex
import subprocess
import sys

import yaml

PROGRAM = sys.argv[1]
wrong = []


def check(ok, what):
    if not ok:
        wrong.append(what)


def check_command(where, words):
    """@words, whose first is the program: each option is one. Folders of a container stand for ours."""
    args = ["/" if w == "/host" else w for w in words[1:]]
    run = subprocess.run([PROGRAM, *args, "--help"], capture_output=True, text=True, check=False)
    check(run.returncode == 0 and run.stdout, f"{where}: {shlex.join(words)}: {run.stderr.strip()}")


def unit(path):
    """Settings of a unit file; the last one of a name counts, ExecStart is what we want."""
    settings = {}
    for line in open(path, encoding="utf-8"):
        key, is_, value = line.strip().partition("=")
        if is_ and not key.startswith("#"):
            settings[key] = value
    return settings


def containers(doc):
    spec = doc.get("spec", {}).get("template", {}).get("spec", {})
    return spec, spec.get("containers", [])


def check_pods(path, docs, caps):
    found = 0
    for doc in docs:
        check("apiVersion" in doc and "kind" in doc and doc.get("metadata", {}).get("name"), f"{path}: an object without kind or name")
        spec, all_of_them = containers(doc)
        labels = doc.get("spec", {}).get("selector", {}).get("matchLabels", {})
        if all_of_them:
            check(labels and labels == doc["spec"]["template"]["metadata"]["labels"], f"{path}: the selector selects other pods")
            check(spec.get("hostNetwork") and spec.get("hostPID"), f"{path}: not in the host's namespaces")
        for c in all_of_them:
            found += 1
            check_command(path, ["twtrace", *c.get("args", [])])
            for probe in ("startupProbe", "livenessProbe"):
                check_command(path, c[probe]["exec"]["command"])
            security = c["securityContext"]
            check(security["capabilities"] == {"drop": ["ALL"], "add": caps}, f"{path}: capabilities are not {caps}")
            check(security["readOnlyRootFilesystem"] is True and security["allowPrivilegeEscalation"] is False and security["privileged"] is False, f"{path}: not confined")
            names = {v["name"] for v in spec.get("volumes", [])}
            mounts = {m["name"] for m in c.get("volumeMounts", [])}
            check(names == mounts, f"{path}: volumes {names} are not the mounts {mounts}")
            check(all(m.get("readOnly") for m in c.get("volumeMounts", [])), f"{path}: a mount that can be written")
            if "--names-root" in c["args"]:
                root = c["args"][c["args"].index("--names-root") + 1]
                check(root in {m["mountPath"] for m in c["volumeMounts"]}, f"{path}: {root} of --names-root is not mounted")
    return found


def check_dockerfile(path):
    entry = []
    for line in open(path, encoding="utf-8"):
        word, _, rest = line.strip().partition(" ")
        if word == "ENTRYPOINT":
            entry = json.loads(rest)
        elif word == "CMD":
            check_command(path, entry + json.loads(rest))
        elif word == "HEALTHCHECK":
            check_command(path, json.loads(rest[rest.index("CMD ") + 4:]))
    check(entry == ["/twtrace"], f"{path}: no entry point")


def main():
    service = unit("contrib/systemd/twtrace.service")
    caps = [c.removeprefix("CAP_") for c in service["CapabilityBoundingSet"].split()]
    check(service["AmbientCapabilities"] == service["CapabilityBoundingSet"], "the unit's capabilities do not agree")
    check_command("contrib/systemd/twtrace.service", shlex.split(service["ExecStart"]))
    feeder = shlex.split(unit("contrib/clickhouse/twtrace-clickhouse.service")["ExecStart"])
    check_command("contrib/clickhouse/twtrace-clickhouse.service", feeder[feeder.index("--") + 1:])
    check_dockerfile("contrib/container/Dockerfile")
    pods = 0
    paths = sorted(p for e in ("yml", "yaml") for p in glob.glob(f"contrib/**/*.{e}", recursive=True))
    check(len(paths) >= 4, f"only {paths}")
    for path in paths:
        try:
            docs = [d for d in yaml.safe_load_all(open(path, encoding="utf-8")) if d is not None]
        except yaml.YAMLError as e:
            check(False, f"{path}: {e}")
            continue
        check(docs, f"{path} is empty")
        if os.path.dirname(path).endswith("kubernetes"):
            pods += check_pods(path, docs, caps)
    check(pods >= 1, "no pod was looked at")
    print("\n".join(wrong))
    return bool(wrong)


sys.exit(main())
