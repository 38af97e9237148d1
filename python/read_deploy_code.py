"""Tells what can be told of a bundle's Python files without running any of them.

Reads JSON from stdin: `version`, the image's Python as `[3, 8]` or null, and `files`, each in
base64. Writes JSON: the `version` of this Python, the names of its standard library, and for each
file its fault of syntax, what it imports, what its module has under the name MDAIModel and where it
makes masks of bool. It runs on any Python 3, with no package installed.
"""

import ast
import base64
import io
import json
import os
import sys
import tokenize
import warnings

# Python is started so that it looks into no folder for modules, and nothing is to be written there.
sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from bool_masks import bool_masks  # noqa: E402

NOTHING = {"imports": [], "model": None, "bool_masks": []}


def read_file(source, version):
    """Facts about one file; a fault of syntax leaves no others."""
    try:
        # Of what came after `version` this refuses only a part: no f-strings of 3.12, no modules.
        options = {"feature_version": version} if version and sys.version_info >= (3, 8) else {}
        # An import stops at bytes that are not of the file's encoding; the parser passes over some.
        encoding, _ = tokenize.detect_encoding(io.BytesIO(source).readline)
        tree = ast.parse(source.decode(encoding), **options)
    except SyntaxError as error:
        return {"error": describe(error), **NOTHING}
    except (ValueError, RecursionError, MemoryError) as error:
        fault = {"message": str(error) or type(error).__name__, "line": None, "column": None}
        return {"error": fault, **NOTHING}
    return {
        "error": None,
        "imports": imports_of(tree),
        "model": model_of(tree),
        "bool_masks": bool_masks(tree),
    }


def describe(error):
    """A fault of syntax with its place; columns are counted in UTF-16 code units, from 1."""
    column = error.offset
    if column and error.text:
        column = len(error.text[: column - 1].encode("utf-16-le", "replace")) // 2 + 1
    return {"message": error.msg, "line": error.lineno or None, "column": column or None}


def imports_of(tree):
    """Names of the modules that are imported anywhere, `a` for `a.b`."""
    names = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names.update(alias.name.split(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            if node.module:
                names.add(node.module.split(".")[0])
            else:
                names.update(alias.name for alias in node.names)
    return sorted(names)


def module_statements(body):
    """Statements that run when the module is imported, those within `if` and `try` too."""
    for statement in body:
        yield statement
        if isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            continue
        for field in ("body", "orelse", "finalbody"):
            yield from module_statements(getattr(statement, field, []))
        for handler in getattr(statement, "handlers", []):
            yield from module_statements(handler.body)


def model_of(tree):
    """What the module has under the name MDAIModel."""
    found = [node for node in module_statements(tree.body) if binds_model(node)]
    if not found:
        return {"kind": "nothing"}
    node = found[-1]
    if len(found) > 1 or not isinstance(node, ast.ClassDef) or node.decorator_list:
        return {"kind": "bound", "line": node.lineno, "column": node.col_offset + 1}
    plain = all(isinstance(base, ast.Name) and base.id == "object" for base in node.bases)
    return {
        "kind": "class",
        "line": node.lineno,
        "column": node.col_offset + 1,
        "inherits": not plain or bool(node.keywords),
        "init": method_of(node, "__init__"),
        "predict": method_of(node, "predict"),
    }


def binds_model(node):
    """Whether a statement gives something the name MDAIModel, or may do so."""
    if isinstance(node, (ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)):
        return node.name == "MDAIModel"
    if isinstance(node, (ast.Import, ast.ImportFrom)):
        names = [alias.asname or alias.name for alias in node.names]
        return "MDAIModel" in names or "*" in names
    targets = getattr(node, "targets", None) or [getattr(node, "target", None)]
    named = [leaf for target in targets if target for leaf in ast.walk(target)]
    return any(isinstance(leaf, ast.Name) and leaf.id == "MDAIModel" for leaf in named)


def method_of(node, name):
    """How a method of the class is called, or None where the class body does not define it."""
    found = [item for item in module_statements(node.body) if defines(item, name)]
    if not found:
        return None
    item = found[-1]
    place = {"line": item.lineno, "column": item.col_offset + 1}
    is_function = isinstance(item, (ast.FunctionDef, ast.AsyncFunctionDef))
    if len(found) > 1 or not is_function or item.decorator_list:
        return {"kind": "bound", **place}
    args = item.args
    positional = len(getattr(args, "posonlyargs", [])) + len(args.args)
    keywords = [arg.arg for arg, default in zip(args.kwonlyargs, args.kw_defaults) if not default]
    return {
        "kind": "async" if isinstance(item, ast.AsyncFunctionDef) else "function",
        **place,
        "least": positional - len(args.defaults),
        "most": None if args.vararg else positional,
        "keywords": keywords,
    }


def defines(item, name):
    """Whether a statement of a class body gives something a name."""
    if isinstance(item, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
        return item.name == name
    targets = getattr(item, "targets", None) or [getattr(item, "target", None)]
    return any(isinstance(target, ast.Name) and target.id == name for target in targets)


def main():
    """Answers what stdin asks."""
    warnings.simplefilter("ignore")
    asked = json.load(sys.stdin)
    version = asked["version"] and tuple(asked["version"])
    files = [read_file(base64.b64decode(source), version) for source in asked["files"]]
    library = getattr(sys, "stdlib_module_names", sys.builtin_module_names)
    json.dump(
        {"version": list(sys.version_info[:2]), "library": sorted(library), "files": files},
        sys.stdout,
    )


if __name__ == "__main__":
    main()
