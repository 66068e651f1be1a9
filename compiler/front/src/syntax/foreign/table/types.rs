//! Types of other languages.

/// Types of other languages, what is said of them, and the types that may be meant.
pub(in super::super) const TYPES: &[(&[&str], &str, &[&str])] = &[
    (
        &[
            "float", "double", "float16", "float32", "float64", "f32", "f64", "number", "numeric", "num",
            "decimal", "scalar", "tensor", "matrix", "vector", "array", "list", "Tensor", "Matrix", "Vector",
            "Real", "R", "fixed", "secret",
        ],
        "every number is `real`, and a tensor of numbers names its dimensions: `real[n, f]`",
        &["real"],
    ),
    (
        &["int", "integer", "int8", "int16", "int32", "int64", "i32", "i64", "uint8", "u8", "long"],
        "every number is `real`, such as `real[n, f]`, and labels that number classes are `class[n, 2]`",
        &["real", "class"],
    ),
    (
        &["bool", "boolean", "Bool", "binary", "bits", "logical", "flag"],
        "labels of two classes are read as `class[n, 2]` and encrypted as `bit[n]`",
        &["class", "bit"],
    ),
    (
        &[
            "string",
            "str",
            "String",
            "text",
            "char",
            "category",
            "categorical",
            "factor",
            "label",
            "labels",
            "enum",
            "object",
        ],
        "labels in words are read as classes, such as `class[n, 2]`, and all other columns are numbers: `real[n, f]`",
        &["class"],
    ),
];
