from cosim.scenario.node import Node, Position, of_python

AT = Position("f", 1, 1)


def test_a_tree_of_python_values_is_these_values_again():
    value = {"a": [1, {"b": None}], "c": "text"}
    assert of_python(value, AT).plain() == value
    assert of_python((1, 2), AT).plain() == [1, 2]


def test_children_by_key_and_index():
    tree = of_python({"a": [1, 2]}, AT)
    assert tree.child("a").child(1).content == 2
    assert tree.child("b") is None
    assert tree.child("a").child(2) is None
    assert tree.child("a").child("0") is None
    assert tree.child("a").child(0).child("x") is None


def test_the_nearest_node_of_a_path():
    leaf = Node(2, Position("f", 3, 4), Position("f", 3, 1))
    tree = Node({"a": Node({"b": leaf}, AT, AT)}, AT, AT)
    assert tree.nearest(("a", "b")) == (leaf, ("a", "b"))
    assert tree.nearest(("a", "b", "c")) == (leaf, ("a", "b"))
    assert tree.nearest(("x",)) == (tree, ())
