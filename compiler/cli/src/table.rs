//! Text tables with aligned columns.

/// Which side of its column a cell stands on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Align {
    /// Words.
    Left,
    /// Numbers.
    Right,
}

/// A table of text: columns as wide as their widest cell, two spaces between them.
#[derive(Clone, Debug, Default)]
pub struct Table {
    columns: Vec<Align>,
    rows: Vec<Row>,
}

#[derive(Clone, Debug)]
enum Row {
    Cells(Vec<String>),
    Heading(String),
}

impl Table {
    /// A table with these columns.
    pub fn new(columns: impl IntoIterator<Item = Align>) -> Self {
        Self { columns: columns.into_iter().collect(), rows: Vec::new() }
    }

    /// Adds a row; missing cells are empty.
    pub fn row<S: Into<String>>(&mut self, cells: impl IntoIterator<Item = S>) {
        self.rows.push(Row::Cells(cells.into_iter().map(Into::into).collect()));
    }

    /// Adds a line of its own, which no column has to fit; an empty line stands before it.
    pub fn heading(&mut self, text: &str) {
        self.rows.push(Row::Heading(text.to_string()));
    }

    /// The text, one row a line, indented by two.
    pub fn text(&self) -> String {
        let width = |column: usize| {
            let cell = |row: &'_ Row| match row {
                Row::Cells(cells) => cells.get(column).cloned(),
                Row::Heading(_) => None,
            };
            self.rows.iter().filter_map(cell).map(|cell| cell.chars().count()).max().unwrap_or(0)
        };
        let widths: Vec<usize> = (0..self.columns.len()).map(width).collect();
        let mut out = String::new();
        for row in &self.rows {
            let row = match row {
                Row::Cells(cells) => cells,
                Row::Heading(text) => {
                    out += if out.is_empty() { "" } else { "\n" };
                    out += text;
                    out.push('\n');
                    continue;
                }
            };
            let mut line = String::new();
            for ((cell, width), align) in row.iter().zip(&widths).zip(&self.columns) {
                let space = " ".repeat(width.saturating_sub(cell.chars().count()));
                line += "  ";
                match align {
                    Align::Left => line.extend([cell.as_str(), &space]),
                    Align::Right => line.extend([space.as_str(), cell]),
                }
            }
            out += line.trim_end();
            out.push('\n');
        }
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_as_wide_as_their_widest_cell() {
        let mut table = Table::new([Align::Left, Align::Right]);
        table.row(["μ", "1"]);
        table.row(["levels", "12"]);
        table.row(["alone"]);
        table.heading("a line of its own");
        assert_eq!(table.text(), "  μ        1\n  levels  12\n  alone\n\na line of its own\n");
    }
}
