//! What every code means, for `hep explain CODE`.

use super::*;

/// All codes in ascending order.
pub const TABLE: &[Entry] = &[
    Entry {
        code: SYNTAX,
        title: "the text is no hep here",
        explanation: "The grammar allows something else at this place; the label says what. Every item and \
                      statement starts with a keyword or is an assignment `name = value`; line ends carry no \
                      meaning.\n\
                      \n\
                      wrong: `secret X : real[n, f] X0`\n\
                      right: `secret X : real[n, f] = X0`",
    },
    Entry {
        code: KEYWORD,
        title: "a misspelt or missing keyword",
        explanation: "Items start with `dim`, `owner`, `public`, `secret`, `let`, `loss`, `approx`, `params`, `train`, `reveal`, \
                      `predict`, `use` or `pack`, statements with `var`, `let` or `for`. Here stands a word that \
                      resembles one of them, or a name without one.\n\
                      \n\
                      wrong: `n = 64` and `score(w) = X @ w`\n\
                      right: `dim n = 64` and `let score(w) = X @ w`",
    },
    Entry {
        code: BRACKET,
        title: "a bracket without its partner",
        explanation: "Brackets pair up inside one item. No keyword occurs inside `( )` and `[ ]`, so a missing one \
                      is noticed at the next keyword.",
    },
    Entry {
        code: TOO_DEEP,
        title: "the text is nested too deeply or too long",
        explanation: "Brackets nest at most 64 deep, one expression has at most 256 operations on a path, a file \
                      at most 2^20 bytes. Name parts with `let`.",
    },
    Entry {
        code: HEADER,
        title: "the first line does not name the program or module",
        explanation: "A program starts with `program NAME`, a file of definitions that programs use with `module NAME`, \
                      named like the file; comments may come before it.",
    },
    Entry {
        code: NUMBER,
        title: "a number outside the range of f64",
        explanation: "Numbers are finite and below 1.8e308 in size.",
    },
    Entry {
        code: FOREIGN,
        title: "what other languages write",
        explanation: "A mark or a word means something in other languages and nothing here. The help says what is \
                      written instead; where nothing is, it says so.",
    },
    Entry {
        code: UNSUPPORTED,
        title: "not yet supported",
        explanation: "The language has this construct and this version of the compiler does not; the help says \
                      what to write instead.",
    },
    Entry {
        code: UNKNOWN_NAME,
        title: "a name that is not defined",
        explanation: "Names are those of dims, owner, public, secret and let items, of loop variables inside \
                      `train`, and of built-in functions.",
    },
    Entry {
        code: REDEFINED,
        title: "a name is defined twice",
        explanation: "One name means one thing in the whole file; only parameters of functions may repeat a name \
                      from outside.",
    },
    Entry {
        code: DIM_MISMATCH,
        title: "dimensions do not fit",
        explanation: "Dimensions are the same when their names are. Broadcasting goes by name, `@` contracts the \
                      last dimension on the left with the first on the right.",
    },
    Entry {
        code: BAD_DIM,
        title: "a dimension is no positive whole number",
        explanation: "A dim is a constant expression over numbers and earlier dims: `dim d = f + 1`.",
    },
    Entry {
        code: UNKNOWN_DIM,
        title: "a size is set of no dimension",
        explanation: "⟨size = NAME=VALUE⟩ replaces the value of a `dim` of the program.",
    },
    Entry {
        code: TOO_LARGE,
        title: "a value has too many elements",
        explanation: "A tensor has at most 2^26 elements, a program at most 2^17 operations in the text and 2^20 with \
                      its loop and its ciphertexts written out, which compute 3 billion slots of vectors at most.",
    },
    Entry {
        code: BAD_CALL,
        title: "a function is used wrongly",
        explanation: "Wrong number or kind of arguments, a function where a value is needed, or a value where a \
                      function is needed. A function is called with as many values as it has parameters; only \
                      built-in functions have named arguments.\n\
                      \n\
                      wrong: `grad(nll, Y, score(w), w)` and `mean(X0, 0)`\n\
                      right: `grad(nll, Y, score, at = w)` and `mean(X0, over = n)`",
    },
    Entry {
        code: BAD_TYPE,
        title: "a value does not have the declared type",
        explanation: "Types are real, class, onehot and bit with dimensions in brackets. A class vector becomes \
                      onehot by one_hot(y), and a class vector of two classes is a bit vector.\n\
                      \n\
                      wrong: `secret Y : onehot[n, c] = y` of `owner y : class[n, c]`\n\
                      right: `secret Y : onehot[n, c] = one_hot(y)`",
    },
    Entry {
        code: BAD_LABEL,
        title: "labels of the wrong kind",
        explanation: "The labels given to grad are a bit or onehot tensor with the dimensions of the score.",
    },
    Entry {
        code: TOO_EARLY,
        title: "a name is used before its definition",
        explanation: "Values are computed in the order of the file; functions, losses and approximations may stand \
                      anywhere.",
    },
    Entry {
        code: STRUCTURE,
        title: "a part of the program is missing or repeated",
        explanation: "A program has one `train` block with one `for` loop, and at most one `predict`.",
    },
    Entry {
        code: BAD_ASSIGNMENT,
        title: "an assignment that is not possible",
        explanation: "Only a `var` is assigned, inside the loop, once per iteration, and as many values as names.",
    },
    Entry {
        code: BAD_CONSTANT,
        title: "a constant expression without a value",
        explanation: "Division by zero, a logarithm of a negative number, an index outside the vector.",
    },
    Entry {
        code: UNKNOWN_MODULE,
        title: "a module that does not exist",
        explanation: "`use losses` reads `losses.hep` beside the program, else the standard library. ⟨std⟩ lists \
                      the library.",
    },
    Entry {
        code: UNKNOWN_ITEM,
        title: "an item that a module does not have",
        explanation: "`use losses.focal` takes a function, a loss or a constant that the module `losses` defines.",
    },
    Entry {
        code: USE_CLASH,
        title: "a used item has the name of something else",
        explanation: "A used item goes by its own name, and a name means one thing in a file. Use the items that \
                      are needed, and rename what is defined here.",
    },
    Entry {
        code: CYCLE,
        title: "modules that use each other",
        explanation: "The definitions of a module come before those that use it, so that modules cannot go round in \
                      a circle.",
    },
    Entry {
        code: BAD_MODULE,
        title: "a module that holds more than definitions",
        explanation: "A module starts with `module NAME`, as its file is called, and holds functions, losses, \
                      constants and `use`. Data, training and approximations belong to the program.",
    },
    Entry {
        code: UNKNOWN_LOSS,
        title: "the loss that is asked for does not exist",
        explanation: "⟨loss = NAME⟩ differentiates another loss wherever the program differentiates one: a loss of \
                      the program, or one of the standard library.",
    },
    Entry {
        code: BATCHES,
        title: "mini-batches that cannot be made",
        explanation: "`for batch in rows(X, Y, size = s)` goes through the rows of secret tensors, s at a time: s \
                      divides the number of samples, every tensor has one row per sample, and a value of all \
                      samples has no place in the loop. It stands alone, or as the only loop in `for t in 1 .. T`.",
    },
    Entry {
        code: SWAPPED,
        title: "a loss that takes its score first",
        explanation: "A loss has two parameters: the label, then the score. This one cannot be trained on labels 0 and 1, as it does \
                      not change with the score or falls without limit, and with its parameters turned round it can. A warning.\n\
                      \n\
                      wrong: `loss mine(z, y) = log(1 + exp(-(2 * y - 1) * z))`\n\
                      right: `loss mine(y, z) = log(1 + exp(-(2 * y - 1) * z))`",
    },
    Entry {
        code: LOST_BIAS,
        title: "a column of ones that is prepared away",
        explanation: "A preparation that takes the mean off every column, such as `centre`, `standardise` and `whiten` of the library, makes a \
                      column of ones 0, and no intercept is trained. A warning.\n\
                      \n\
                      wrong: `standardise(bias(X0))`\n\
                      right: `bias(standardise(X0))`",
    },
    Entry {
        code: RANGE_LEFT,
        title: "a score leaves the range of its approximation",
        explanation: "A polynomial is close to its function only on the range of its `approx` line. Outside it the \
                      training can diverge.",
    },
    Entry {
        code: NO_APPROX,
        title: "a function has no approximation",
        explanation: "Ciphertexts are only added and multiplied, so that every other function needs an `approx` \
                      line.",
    },
    Entry {
        code: BAD_APPROX,
        title: "an approximation that cannot be made",
        explanation: "Unknown methods, degrees that are no whole number, empty ranges, formulas that are no \
                      polynomial.",
    },
    Entry {
        code: NOT_POLYNOMIAL,
        title: "a function of a secret that is no polynomial",
        explanation: "Ciphertexts are only added and multiplied. Compute it before encrypting, or give an `approx` \
                      line for it: of a built-in function, or of a function of the program of one number.",
    },
    Entry {
        code: SECRET_DIVISOR,
        title: "division by a secret",
        explanation: "Of what the owner has, compute the reciprocal before encrypting: `secret B : real[d] = 1 / ...`. Of \
                      what training computes, multiply by a function with an `approx` line: `let reciprocal(u) = 1 / \
                      u`.",
    },
    Entry {
        code: SOFTMAX,
        title: "softmax couples the classes",
        explanation: "It is no function of a single score, so that no one-variable polynomial replaces it. One \
                      sigmoid per class trains as well.",
    },
    Entry {
        code: BAD_LOSS,
        title: "a loss that cannot be differentiated",
        explanation: "A loss is a formula of a label and a score, out of + - * / **, exp, log, abs, sqrt, sigmoid \
                      and tanh.",
    },
    Entry {
        code: BAD_RANGE,
        title: "a range that is empty",
        explanation: "A range is `low .. high` of two constants, the lower one first.",
    },
    Entry {
        code: BAD_PUBLIC,
        title: "a public value that is not finite",
        explanation: "A number that is multiplied into ciphertexts must be finite in every iteration.",
    },
    Entry {
        code: JUMP,
        title: "a derivative that jumps",
        explanation: "The loss has a kink inside the range of the approximation: its derivative has different limits from \
                      the left and from the right, and no polynomial is near both. Declare a smooth surrogate for relu \
                      or abs, or a line for the whole derivative, which accepts that the jump is rounded off.",
    },
    Entry {
        code: UNBOUNDED,
        title: "a loss without a lower bound",
        explanation: "For one of the labels the loss falls without limit as the score grows or falls. Nothing minimizes \
                      it: every step makes it smaller and the scores larger, whatever the data say. A warning.",
    },
    Entry {
        code: INFINITE,
        title: "a function without a finite value in its range",
        explanation: "The derivative of the loss, or the function of an approx line, is infinite or undefined at a point \
                      of the range on which it is to be replaced by a polynomial.",
    },
    Entry {
        code: NO_CURVATURE,
        title: "a loss without a curvature bound",
        explanation: "curvature(loss) is the largest slope of the derivative that will be evaluated. It has to be \
                      positive, and where no range is given it has to exist over all scores.",
    },
    Entry {
        code: WRONG_WAY,
        title: "an approximation that points the wrong way",
        explanation: "At the score 0, where training starts, the polynomial has another sign than the derivative it \
                      stands for, so that steps make the loss larger. A fit follows a function where it is large: \
                      choose a narrower range or a higher degree. A warning.",
    },
    Entry {
        code: USELESS,
        title: "an approximation that is no better than a constant",
        explanation: "On the declared range the mean error of the polynomial is above that of the best constant, or its \
                      largest above twice that, so that it says nothing of the function: coefficients for another function, or a degree \
                      too low for the range. A warning.",
    },
    Entry {
        code: FAR_OUTSIDE,
        title: "scores far outside of the range of their approximation",
        explanation: "On these data a score is outside by more than half of the half-width of the range (beyond 12 for \
                      `on -8 .. 8`). There the polynomial has nothing to do with its function, and what comes of it is \
                      no model. ⟨force⟩ goes on and marks the model.",
    },
    Entry {
        code: DIVERGES,
        title: "a training that diverges",
        explanation: "After the last iteration the loss on these data is no number, or it rises and is more than twice \
                      that of the model before training. In a program without a loss a loop variable is more than 2^20 \
                      times as large as after the first iteration, and grows. Steps that do not suit the units of the \
                      data move the loss up. ⟨force⟩ goes on and marks the model.",
    },
    Entry {
        code: NOT_FINITE,
        title: "a value that is no finite number",
        explanation: "NaN or an infinity, in what the owner prepares or in training in the clear: a division by 0, of a \
                      constant feature for instance, or numbers that outgrow 1.8e308.",
    },
    Entry {
        code: ASCENT,
        title: "a step that makes the loss larger",
        explanation: "A positive multiple of a gradient is added to what it was taken at, and the loss has no largest value: \
                      training climbs. What counts is its sign in the new value of the variable. A warning.\n\
                      \n\
                      wrong: `w = w + 0.1 * grad(nll, Y, score, at = w)`\n\
                      right: `w = w - 0.1 * grad(nll, Y, score, at = w)`",
    },
    Entry {
        code: NO_SHARES,
        title: "a loss of shares with other targets",
        explanation: "The loss compares the sigmoid of the score with its label, so that it has a smallest value for labels \
                      between 0 and 1 only. For other numbers scores grow as long as training lasts, and are no predictions \
                      of them. A warning.\n\
                      \n\
                      wrong: `grad(mse, Y, score, at = w)` with `owner y : real[n]`\n\
                      right: `grad(squared, Y, score, at = w)`, or `owner y : real[n] in 0 .. 1`",
    },
    Entry {
        code: TWO_SIGMOIDS,
        title: "a sigmoid around scores that a loss is given",
        explanation: "A loss of labels such as `bce` or `nll` has the sigmoid in it and is given scores of any size. Of what a \
                      sigmoid gives, between 0 and 1, it cannot come near its smallest value, so that training stays far from \
                      what it could learn. A warning.\n\
                      \n\
                      wrong: `let score(w) = sigmoid(X @ w)`\n\
                      right: `let score(w) = X @ w`",
    },
    Entry {
        code: OWNER_MEETS_SECRET,
        title: "an owner's value meets a secret without being encrypted",
        explanation: "The server has ciphertexts only. What it needs of the owner's values is encrypted by a \
                      `secret NAME : T = value` item.",
    },
    Entry {
        code: SECRET_INDEX,
        title: "indexing by a secret",
        explanation: "Which element is read would reveal the index; ciphertexts cannot decide it.",
    },
    Entry {
        code: SECRET_BOUND,
        title: "a loop whose length is not public",
        explanation: "The number of iterations is a dim or a number, because the schedule is made for it.",
    },
    Entry {
        code: ALREADY_SECRET,
        title: "encrypting a secret",
        explanation: "A `secret` item encrypts a value of the owner. Values computed from secrets are secret by \
                      themselves: use `let`.",
    },
    Entry {
        code: NOT_PUBLIC,
        title: "a public value computed from data",
        explanation: "A `public` value is known when compiling; it cannot depend on what the owner has or on \
                      secrets.",
    },
    Entry {
        code: NOT_REVEALABLE,
        title: "revealing what training does not compute",
        explanation: "`reveal` names variables of the `train` block, or values computed from them after it. Layers that multiply \
                      each other and all start at 0 have gradients of 0: start at random numbers, `normal(seed = 1)`.",
    },
    Entry {
        code: NOT_ON_SECRET,
        title: "an operation that secrets do not have",
        explanation: "Preparations such as bias and one_hot are made in the clear, before encrypting.",
    },
    Entry {
        code: INSEPARABLE,
        title: "the owner's part cannot be cut out of the program",
        explanation: "Before encrypting and after decrypting the owner works alone, in the clear, also on new rows. \
                      That needs values that depend neither on the loop nor on which rows are asked for together.",
    },
    Entry {
        code: ALIKE,
        title: "units that stay alike",
        explanation: "Weights that start at one number for every unit of a layer get the same gradients in every iteration: \
                      however many units there are, they are one. Start at random numbers, `normal(seed = 1)`.",
    },
    Entry {
        code: DEPTH,
        title: "the program is too deep",
        explanation: "More multiplications in a row than any secure parameters allow. The message says how many levels are \
                      missing, what an iteration takes, and what was tried and fits: how many iterations, which ring, \
                      which degree.",
    },
    Entry {
        code: PRECISION,
        title: "the result is not precise enough",
        explanation: "The predicted noise leaves fewer bits than were asked for: bits after the point for values in usual \
                      units; of the owner's data, 4 bits less of the largest element of every revealed tensor, of the \
                      scores, and of `coef_` and `intercept_` (6 less for a plan made without the data).",
    },
    Entry {
        code: HEADROOM,
        title: "a value may outgrow the modulus",
        explanation: "A value times its scale must stay below half the modulus of its level, or it wraps around. \
                      Judged on the owner's data where they are at hand, else on sample data: features in their declared \
                      range, else of unit variance.",
    },
    Entry {
        code: SCALE,
        title: "two summands cannot be brought to one scale",
        explanation: "Ciphertexts are integers times a scale, and sums need equal scales. Where no product before a \
                      sum leaves the freedom to choose one, a summand is multiplied by one at the scale that is missing, \
                      which takes a level; this sum has none even then.",
    },
    Entry {
        code: RING,
        title: "a ring degree that is not supported",
        explanation: "Rings have 2^12 to 2^17 coefficients; the security table covers no others.",
    },
    Entry {
        code: KEYS,
        title: "the evaluation keys exceed their budget",
        explanation: "Rotations are composed of others where keys of their own would take more memory than ⟨key budget⟩ allows, down to \
                      one key for each bit of the steps. Even those keys do not fit.",
    },
    Entry {
        code: MEMORY,
        title: "a run needs more memory than it may take",
        explanation: "Where a run would take more than ⟨memory⟩, copies of the data are made again where they are used, sums are taken up \
                      in parts, and rotations are composed of fewer keys. Even so it does not fit.",
    },
    Entry {
        code: TOO_WIDE,
        title: "the model does not fit a ciphertext",
        explanation: "All classes times all features, each padded to a power of two, must fit the slots of one \
                      ciphertext. A ring of degree N has N/2 slots.",
    },
    Entry {
        code: NO_PLACE,
        title: "a tensor over dimensions that have no place in the slots",
        explanation: "Secrets are packed over samples, features and one further dimension, at most two of them at \
                      a time.",
    },
    Entry {
        code: NO_PACKED_FORM,
        title: "an operation without a packed form",
        explanation: "The operation makes sense, but no sequence of slot rotations is known to this version for it.",
    },
    Entry {
        code: NO_PACKED_PRODUCT,
        title: "a product of secrets without a packed form",
        explanation: "One operand of a matrix product must be an encrypted matrix over samples and features that \
                      the loop does not change, the other a model or an error.",
    },
    Entry {
        code: PACKED_DIFFERENTLY,
        title: "two values that are packed differently",
        explanation: "Combining them would need a conversion between packings, which this version does not have.",
    },
    Entry {
        code: PACKING,
        title: "a packing hint that cannot be followed",
        explanation: "`pack X, W by volley_revolver` names uploads (`secret` items) and variables of the loop, each \
                      once, and a packing: `volley_revolver` or `double_volley_revolver`. `pack A by row_major` \
                      names uploads whose dimensions have room side by side in a ciphertext, the first outermost. \
                      Hints change no result.",
    },
    Entry {
        code: DATA_INPUTS,
        title: "the owner's inputs are not one matrix and one vector of labels",
        explanation: "A data file holds raw features, `owner X : real[n, f]`, and labels, `owner y : class[n, c]`.",
    },
    Entry {
        code: PREDICTION,
        title: "`predict` does not decide one label for each row",
        explanation: "Two classes take one score per row, or one per class; more classes take one per class; real labels \
                      take one score per row. Without `predict` a program trains, and figures are shapes and norms.",
    },
];
