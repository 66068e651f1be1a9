//! Walking the pairs of one rule.

use super::Rule;
use hep_tensor::source::Span;
use pest::iterators::{Pair, Pairs};

/// The span of a pair, without the blanks and comments that a rule skips after its last token.
pub fn span(pair: &Pair<'_, Rule>) -> Span {
    let mut last = pair.clone();
    while let Some(inner) = last.clone().into_inner().next_back() {
        last = inner;
    }
    Span::new(pair.as_span().start(), last.as_span().end())
}

/// Children of a pair without keywords and punctuation.
pub struct Cursor<'a> {
    pairs: Pairs<'a, Rule>,
}

impl<'a> Cursor<'a> {
    /// The children of `pair`.
    pub fn new(pair: Pair<'a, Rule>) -> Self {
        Self { pairs: pair.into_inner() }
    }

    /// The next child if it is of this rule.
    pub fn optional(&mut self, rule: Rule) -> Option<Pair<'a, Rule>> {
        self.skip();
        if self.pairs.peek().is_some_and(|p| p.as_rule() == rule) { self.pairs.next() } else { None }
    }

    fn skip(&mut self) {
        while self.pairs.peek().is_some_and(|p| is_token(p.as_rule())) {
            self.pairs.next();
        }
    }
}

impl<'a> Iterator for Cursor<'a> {
    type Item = Pair<'a, Rule>;

    fn next(&mut self) -> Option<Self::Item> {
        self.skip();
        self.pairs.next()
    }
}

/// Keywords and punctuation: they carry nothing that the rule around them does not say.
fn is_token(rule: Rule) -> bool {
    matches!(
        rule,
        Rule::eq
            | Rule::le
            | Rule::colon
            | Rule::comma
            | Rule::dot
            | Rule::dotdot
            | Rule::lparen
            | Rule::rparen
            | Rule::lbracket
            | Rule::rbracket
            | Rule::lbrace
            | Rule::rbrace
            | Rule::error_word
            | Rule::grad_word
            | Rule::kw_program
            | Rule::kw_module
            | Rule::kw_dim
            | Rule::kw_owner
            | Rule::kw_public
            | Rule::kw_secret
            | Rule::kw_let
            | Rule::kw_loss
            | Rule::kw_approx
            | Rule::kw_train
            | Rule::kw_reveal
            | Rule::kw_predict
            | Rule::kw_params
            | Rule::kw_use
            | Rule::kw_pack
            | Rule::kw_var
            | Rule::kw_for
            | Rule::kw_in
            | Rule::kw_on
            | Rule::kw_degree
            | Rule::kw_by
            | Rule::kw_refresh
            | Rule::EOI
    )
}
