from benchmarks import export


def test_the_table_has_a_row_for_each_contender():
    cost = {"start": 1.25, "cpu 1": 2e-3, "cpu 1000": 1e-5, "wall 1": 2e-3, "wall 1000": 1e-5}
    found = export.rows({"Keras": cost, "C": cost})
    assert [line[0] for line in found] == ["", "Keras", "C"]
    assert found[1][1:] == ["1.2", "2.0000", "0.0100"]
