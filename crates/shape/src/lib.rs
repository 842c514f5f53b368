//! How a value looks on any wire: schemas, values and the Shape trait.
