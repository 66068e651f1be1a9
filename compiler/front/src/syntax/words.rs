//! Keywords, and what the rules of the grammar are called in messages.

use super::Rule;

/// Keywords that start an item but no statement.
const ITEMS: [&str; 14] = [
    "program", "module", "dim", "owner", "public", "secret", "loss", "approx", "train", "reveal", "predict",
    "params", "use", "pack",
];
/// Keywords that start a statement, `let` also an item.
const STATEMENTS: [&str; 4] = ["let", "var", "for", "refresh"];
/// Keywords inside items and statements.
const INNER: [&str; 4] = ["in", "on", "degree", "by"];

/// All keywords.
fn keywords() -> impl Iterator<Item = &'static str> {
    ITEMS.into_iter().chain(STATEMENTS).chain(INNER)
}

/// Whether the word is reserved.
pub fn is_keyword(word: &str) -> bool {
    keywords().any(|keyword| keyword == word)
}

/// Whether the word can only start an item.
pub fn is_only_item(word: &str) -> bool {
    ITEMS.contains(&word)
}

/// Keywords that may start something at this place.
pub fn starters(in_block: bool) -> Vec<&'static str> {
    if in_block { STATEMENTS.to_vec() } else { ITEMS.into_iter().skip(2).chain(["let"]).collect() }
}

/// The rule that reads what a keyword announces.
pub fn announced(word: &str, in_block: bool) -> Option<Rule> {
    Some(match word {
        "program" => Rule::program,
        "module" => Rule::module,
        "dim" => Rule::dim,
        "owner" => Rule::owner,
        "public" => Rule::public,
        "secret" => Rule::secret,
        "let" => Rule::value,
        "loss" => Rule::loss,
        "approx" => Rule::approx,
        "train" => Rule::train,
        "reveal" => Rule::reveal,
        "predict" => Rule::predict,
        "params" => Rule::params,
        "use" => Rule::import,
        "pack" => Rule::pack,
        "var" => Rule::var,
        "for" => Rule::for_loop,
        "refresh" => Rule::refresh,
        _ if in_block && !is_keyword(word) => Rule::assign,
        _ => return None,
    })
}

/// What a rule is called in a message; `None` for rules that say nothing to a reader.
pub fn human(rule: Rule) -> Option<&'static str> {
    Some(match rule {
        Rule::ident | Rule::name | Rule::target | Rule::idents | Rule::parameter => "a name",
        Rule::number => "a number",
        Rule::expr
        | Rule::exprs
        | Rule::call
        | Rule::paren
        | Rule::postfix
        | Rule::neg
        | Rule::range
        | Rule::arg => "an expression",
        Rule::ty => "a type",
        Rule::eq => "`=`",
        Rule::le => "`<=`",
        Rule::colon => "`:`",
        Rule::comma => "`,`",
        Rule::dot | Rule::member => "`.`",
        Rule::dotdot => "`..`",
        Rule::lparen => "`(`",
        Rule::rparen => "`)`",
        Rule::lbracket | Rule::dims | Rule::index => "`[`",
        Rule::rbracket => "`]`",
        Rule::lbrace | Rule::block => "`{`",
        Rule::rbrace => "`}`",
        Rule::kw_in => "`in`",
        Rule::kw_on => "`on`",
        Rule::kw_degree | Rule::degree => "`degree`",
        Rule::kw_by | Rule::by => "`by`",
        Rule::power | Rule::matmul | Rule::times | Rule::divide | Rule::plus | Rule::minus => "an operator",
        _ => return None,
    })
}
