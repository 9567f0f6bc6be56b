"""Takes scripts out of Ray's wheel and changes their imports, and nothing else: what was ``ray`` is ``trialist``.

Called with the wheel, the list of scripts and the folder that they are written to.
"""

import hashlib
import json
import os
import re
import sys
import zipfile

FROM = re.compile(r"^(\s*)from ray((?:\.\w+)*) import (.*)$")
IMPORT = re.compile(r"^(\s*)import ray((?:\.\w+)*)( as \w+)?$")


def main(wheel: str, listed: str, folder: str) -> None:
    with open(listed, encoding="utf-8") as file:
        scripts = json.load(file)["scripts"]
    beside = {path.removesuffix(".py").replace("/", "."): os.path.basename(path).removesuffix(".py") for path in scripts}
    with zipfile.ZipFile(wheel) as archive:
        for path, digest in scripts.items():
            content = archive.read(path)
            if hashlib.sha256(content).hexdigest() != digest:
                sys.exit(f"{path} of {wheel} is not the one that was meant: its SHA-256 is {hashlib.sha256(content).hexdigest()}")
            lines = [changed(line, beside) for line in content.decode().split("\n")]
            with open(os.path.join(folder, os.path.basename(path)), "w", encoding="utf-8") as file:
                file.write("\n".join(lines))


def changed(line: str, beside: "dict[str, str]") -> str:
    """A line with its import changed; any other as it is."""
    found = FROM.match(line)
    if found is not None:
        indent, module, names = found.groups()
        return f"{indent}from {beside.get(f'ray{module}') or f'trialist{module}'} import {names}"
    found = IMPORT.match(line)
    if found is None:
        return line
    indent, module, alias = found.groups()
    return f"{indent}import trialist{module or '.ray'}{alias or ('' if module else ' as ray')}"


if __name__ == "__main__":
    main(*sys.argv[1:])
