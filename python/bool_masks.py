"""Finds masks that look like lists of bool, which MD.ai's validator refuses.

It goes by what the code beside a mask says, and says nothing where that is not plain: a name counts
for what it was last given, unless a branch or a turn of a loop may have given it something else.
"""

import ast

# Functions and methods of NumPy and SciPy that give arrays of bool, whatever they get.
BOOL_FUNCTIONS = {
    *("logical_and", "logical_or", "logical_not", "logical_xor", "isin", "in1d", "isclose"),
    *("isnan", "isfinite", "isinf", "greater", "greater_equal", "less", "less_equal", "equal"),
    *("not_equal", "binary_fill_holes", "binary_erosion", "binary_dilation", "binary_opening"),
    *("binary_closing", "binary_propagation", "remove_small_objects", "remove_small_holes"),
}
# Those whose result has the type of what they get, as their first argument or as their object.
KEEPING = {
    *("rot90", "flip", "fliplr", "flipud", "transpose", "squeeze", "swapaxes", "moveaxis", "roll"),
    *("ascontiguousarray", "copy", "reshape", "expand_dims", "array", "asarray", "cpu", "numpy"),
    *("detach", "pad", "permute"),
}
FILLED = {"zeros", "ones", "full", "empty", "zeros_like", "ones_like", "full_like", "empty_like"}
# The names by which NumPy's and SciPy's functions are called; of others nothing is known.
MODULES = {"np", "numpy", "ndimage", "ndi", "scipy", "morphology", "torch", "cp"}


class Patience:
    """Counts the steps of all files together: code may be written to take for ever."""

    left = 200000

    def step(self):
        """Raises RecursionError once there were too many."""
        if self.left <= 0:
            raise RecursionError
        self.left -= 1


PATIENCE = Patience()


def bool_masks(tree):
    """Places where a value that looks like rows of bool is given the key `mask`."""
    found = []
    try:
        for scope in scopes(tree):
            for node, path in places(scope, ()):
                value = mask_value(node)
                if value is not None and is_bool_rows(value, path):
                    found.append({"line": value.lineno, "column": value.col_offset + 1})
    except RecursionError:
        pass
    return sorted(found, key=lambda place: (place["line"], place["column"]))


def scopes(tree):
    """Nodes whose names are their own: the module and each function."""
    yield tree
    for node in ast.walk(tree):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            yield node


def places(node, path):
    """All nodes of a scope, each with the way to it: the nodes that hold it, outermost first."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)):
            continue
        way = path + (node,)
        yield child, way + (child,)
        yield from places(child, way)


def mask_value(node):
    """What a node gives the key `mask`, if it is a statement or an expression that does so."""
    if isinstance(node, ast.Dict):
        for key, value in zip(node.keys, node.values):
            if text_of(key) == "mask":
                return value
    target = node.targets[0] if isinstance(node, ast.Assign) else None
    is_item = isinstance(target, ast.Subscript) and text_of(index_of(target)) == "mask"
    return node.value if is_item else None


def text_of(node):
    """The value of a literal; literals were of other classes before Python 3.8."""
    return getattr(node, "value", getattr(node, "s", getattr(node, "n", None)))


def index_of(node):
    """What stands between the brackets; before Python 3.9 it was wrapped."""
    inner = node.slice
    return inner.value if type(inner).__name__ == "Index" else inner


def is_bool_rows(node, path):
    """Whether a value is a list of lists of bool, as `.tolist()` makes of an array of bool."""
    node, path = settled(node, path)
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        return node.func.attr == "tolist" and not node.args and is_bool(node.func.value, path)
    if isinstance(node, ast.ListComp) and isinstance(node.elt, ast.ListComp):
        inner = node.elt.elt
        is_cast = isinstance(inner, ast.Call) and named(inner.func) == "bool"
        return is_cast or is_comparison(inner)
    return False


def is_bool(node, path):
    """Whether an expression is an array of bool, as far as the code beside it says."""
    node, path = settled(node, path)
    if is_comparison(node):
        return True
    if isinstance(node, ast.UnaryOp):
        return isinstance(node.op, ast.Invert) and is_bool(node.operand, path)
    if isinstance(node, ast.BinOp) and isinstance(node.op, (ast.BitAnd, ast.BitOr, ast.BitXor)):
        return is_bool(node.left, path) and is_bool(node.right, path)
    if isinstance(node, ast.Attribute):
        return node.attr == "T" and is_bool(node.value, path)
    if isinstance(node, ast.Subscript):
        return is_bool(node.value, path)
    return isinstance(node, ast.Call) and is_bool_call(node, path)


def is_bool_call(node, path):
    """Whether a call gives an array of bool."""
    name = named(node.func)
    kinds = [keyword.value for keyword in node.keywords if keyword.arg == "dtype"]
    of_module = not isinstance(node.func, ast.Attribute) or named(node.func.value) in MODULES
    if name == "astype":
        return any(is_bool_type(kind) for kind in kinds + node.args[:1])
    if kinds:
        return name in FILLED | {"array", "asarray"} and is_bool_type(kinds[0])
    if name in BOOL_FUNCTIONS:
        return of_module
    if name not in KEEPING:
        return False
    held = node.args[:1] if of_module else [node.func.value]
    return any(is_bool(one, path) for one in held)


def is_comparison(node):
    """Whether a node compares values, which NumPy does for each element."""
    kinds = (ast.Eq, ast.NotEq, ast.Lt, ast.LtE, ast.Gt, ast.GtE)
    return isinstance(node, ast.Compare) and all(isinstance(op, kinds) for op in node.ops)


def is_bool_type(node):
    """Whether a node names the type bool: `bool`, `np.bool_`, `"bool"`."""
    return named(node) in ("bool", "bool_", "bool8") or text_of(node) in ("bool", "?")


def named(node):
    """The last part of a name: `b` of `a.b`."""
    return node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", None)


def settled(node, path):
    """What a name, or an item of what it stands for, was last given, with the way to that."""
    while True:
        PATIENCE.step()
        if isinstance(node, ast.Name):
            given = last_given(node.id, path)
        elif isinstance(node, ast.Subscript):
            value, way = settled(node.value, path)
            at = text_of(index_of(node))
            is_item = isinstance(value, ast.Tuple) and type(at) is int and at < len(value.elts)
            given = (value.elts[at], way) if is_item else None
        else:
            given = None
        if given is None:
            return node, path
        node, path = given


def last_given(name, path):
    """What a name has at the end of a way, with the way to that; None where that is not plain.

    It is not where a branch or a turn of a loop may give the name something else.
    """
    for depth in range(len(path) - 1, 0, -1):
        holder, inner, way = path[depth - 1], path[depth], path[:depth]
        for generator in reversed(getattr(holder, "generators", [])):
            if inner is not generator and binds(generator.target, name):
                return item_for(name, generator.target, generator.iter, way)
        body = body_of(holder, inner)
        for before in reversed(body[: body.index(inner)] if body else []):
            if binds(before, name):
                is_plain = isinstance(before, ast.Assign) and len(before.targets) == 1
                if is_plain and getattr(before.targets[0], "id", None) == name:
                    return before.value, way + (before,)
                return None
        if body is None or not binds_beside(holder, body, name):
            continue
        if isinstance(holder, ast.For) and not any(binds(one, name) for one in holder.body):
            return item_for(name, holder.target, holder.iter, way)
        return None
    return None


def body_of(holder, inner):
    """The list of statements that a statement is in, if it is in one of its holder's."""
    for field in ("body", "orelse", "finalbody", "handlers"):
        body = getattr(holder, field, None)
        if isinstance(body, list) and inner in body:
            return body
    return None


def binds_beside(holder, body, name):
    """Whether a statement may give a name something before its part `body` is run.

    It may do so by its head, by a part that was run before, or by an earlier turn of a loop.
    """
    if isinstance(holder, (ast.For, ast.AsyncFor, ast.While)):
        return binds(holder, name)
    if isinstance(holder, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Module)):
        return False
    skipped = [body]
    if isinstance(holder, ast.If):
        skipped = [holder.body, holder.orelse]
    others = [
        node for node in ast.iter_child_nodes(holder) if not any(node in one for one in skipped)
    ]
    own = getattr(holder, "name", None) == name
    return own or any(binds(node, name) for node in others)


def item_for(name, target, iterated, path):
    """What a loop gives a name: an item of what it goes through, by `zip` and `enumerate`, too."""
    whole, way = settled(iterated, path)
    if isinstance(target, ast.Tuple):
        names = [getattr(one, "id", None) for one in target.elts]
        if name not in names:
            return None
        at = names.index(name)
        if isinstance(whole, ast.Call) and not whole.keywords:
            if named(whole.func) == "zip" and at < len(whole.args):
                return item_of(*settled(whole.args[at], way))
            if named(whole.func) == "enumerate" and at == 1 and whole.args:
                return item_of(*settled(whole.args[0], way))
            return None
        item = item_of(whole, way)
        if item is None or not isinstance(item[0], ast.Tuple) or at >= len(item[0].elts):
            return None
        return item[0].elts[at], item[1]
    return item_of(whole, way)


def item_of(whole, path):
    """An item of a list or of an array of bool; None where the items may differ."""
    if isinstance(whole, (ast.ListComp, ast.GeneratorExp)):
        return whole.elt, path + (whole, whole.elt)
    if isinstance(whole, (ast.List, ast.Tuple)):
        return (whole.elts[0], path) if len(whole.elts) == 1 else None
    return (whole, path) if is_bool(whole, path) else None


def binds(node, name):
    """Whether a node gives a name something anywhere in it, or may do so."""
    for leaf in ast.walk(node):
        PATIENCE.step()
        if isinstance(leaf, ast.Name):
            names = [] if isinstance(leaf.ctx, ast.Load) else [leaf.id]
        elif isinstance(leaf, (ast.Global, ast.Nonlocal)):
            names = leaf.names
        else:
            names = [getattr(leaf, "name", None), getattr(leaf, "asname", None)]
        if name in names:
            return True
    return False
