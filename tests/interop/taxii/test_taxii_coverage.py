"""Every item 1-139 of the checklist has a test that names it, or a reason here why not."""

import ast
import pathlib
import re

HERE = pathlib.Path(__file__).parent
ITEMS = range(1, 140)
EXCEPTIONS = {
    42: "a DNS record is the operator's: a server that is known by URL does not say under which domain it would stand",
}


def named_items(file):
    """Numbers in the names of a file's tests: test_item_077_..., test_items_085_086_..."""
    found = set()
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef) and (match := re.match(r"test_items?((?:_\d{3})+)_[a-z]", node.name)):
            found |= {int(number) for number in match[1].split("_")[1:]}
    return found


def test_every_item_is_tested_or_excused():
    tested = set().union(*(named_items(file) for file in HERE.glob("test_*.py")))
    assert sorted(set(ITEMS) - tested - set(EXCEPTIONS)) == []
    assert sorted(tested - set(ITEMS)) == [] and sorted(tested & set(EXCEPTIONS)) == []
