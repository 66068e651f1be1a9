//! What the codes of data files mean.

use hep_compiler::diagnostics::codes::Entry;

/// The codes of this module, as `hep explain CODE` prints them. The compiler's own codes of this family begin at H0720.
pub const TABLE: &[Entry] = &[
    Entry {
        code: "H0701",
        title: "a data file that the system does not give",
        explanation: "It does not exist, may not be read, or cannot be written.",
    },
    Entry {
        code: "H0702",
        title: "a data file of unknown format",
        explanation: "The ending decides: .csv, .tsv and .txt are tables, .npz are arrays. Programs, plans, keys, ciphertexts and models are \
                      no data: `hep info FILE` says what a file is.",
    },
    Entry {
        code: "H0703",
        title: "a value is missing",
        explanation: "Every cell of a table holds a value, and every row a label. An empty cell has none, nor has one that \
                      says NA, N/A, NaN, null, None, ? or -. hep does not guess one: fill it in, or leave the row or \
                      the column out.",
    },
    Entry {
        code: "H0704",
        title: "a feature that is no finite number",
        explanation: "Only the column of labels may hold words. Choose it with --label NAME|first|last; NaN and \
                      infinities are no features.",
    },
    Entry {
        code: "H0705",
        title: "a table that cannot be read",
        explanation: "A table is text in UTF-8. Its cells are separated by commas, tabs, semicolons, bars or blanks, whichever the \
                      first line has, and every row has as many as the first.",
    },
    Entry {
        code: "H0706",
        title: "no such column of labels",
        explanation: "--label NAME names a column of the header, exactly as it is written there; --label 3 is the third \
                      column. Rows to test on have their labels in the column of the same name.",
    },
    Entry {
        code: "H0707",
        title: "rows that the file does not have, or that are named twice",
        explanation: "Rows count from 0 and the end is excluded. Rows that are trained on are not tested on.",
    },
    Entry {
        code: "H0708",
        title: "test labels that no training row has",
        explanation: "The classes are those of the training rows; a model cannot answer with another.",
    },
    Entry {
        code: "H0709",
        title: "too few rows, columns, classes or numbers",
        explanation: "Training needs rows, features, and at least two classes, or targets that are numbers.",
    },
    Entry {
        code: "H0710",
        title: "an archive of arrays that cannot be read",
        explanation: "A .npz file is what numpy.savez or numpy.savez_compressed writes, with arrays of numbers and \
                      without pickled objects.",
    },
    Entry {
        code: "H0711",
        title: "arrays that are missing or do not fit each other",
        explanation: "Data are x and y, or xtrain, ytrain, xtest and ytest: one label per row, one number of features.",
    },
    Entry {
        code: "H0712",
        title: "a model that hep did not write",
        explanation: "A model file says in its array `hep` how it is used; without it, it is only arrays.",
    },
    Entry {
        code: "H0713",
        title: "data that do not fit the program, the plan or the model",
        explanation: "Rows, features and classes are those of the plan or the model. `train`, `simulate` and `check` take \
                      them from the data, unless -p says otherwise; then both must agree. Every value of the owner lies in \
                      its declared range.",
    },
    Entry {
        code: "H0714",
        title: "a column that hardly holds labels",
        explanation: "Labels are in the first column unless --label says otherwise. A column without a name, one that counts \
                      the rows, classes that differ in nearly every row, classes with fractions and those from 2^53 on are hardly meant: \
                      choose with --label NAME|first|last, or a place counted from 1. What is chosen is taken.",
    },
    Entry {
        code: "H0715",
        title: "a first row that may be names or data",
        explanation: "A first row of numbers in order, such as 0,1,2, is what data frames without names write as a header; \
                      numbers far from all others of their columns are hardly data. --header yes takes the row as \
                      names, --header no as data.",
    },
    Entry {
        code: "H0716",
        title: "columns that are not those of the training data",
        explanation: "Where both files have a header, the columns of rows to test on or to predict are found by their \
                      names, in any order. None may be missing, and none may be there that was not trained on.",
    },
    Entry {
        code: "H0717",
        title: "two columns of one name",
        explanation: "Columns of a table with a header are found by their names, and which of two is meant nobody can tell.",
    },
];
