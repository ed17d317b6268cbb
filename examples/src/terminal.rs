//! Pictures in a terminal, two pixels to a character.

use std::fmt::Write;

use crate::picture::{Picture, SIDE};

/// What the terminal can show.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    /// No pictures: the output goes to a file or another program.
    Plain,
    /// Block characters without colour.
    Shades,
    /// The 24 greys of a 256-colour terminal.
    Greys,
}

impl Style {
    /// What standard output can show.
    pub fn of_stdout() -> Self {
        let terminal = console::Term::stdout();
        match (terminal.is_term(), console::colors_enabled()) {
            (false, _) => Self::Plain,
            (true, false) => Self::Shades,
            (true, true) => Self::Greys,
        }
    }
}

/// Columns of the terminal that standard output is, or what a page of text has.
pub fn width() -> usize {
    console::Term::stdout().size_checked().map_or(80, |(_, columns)| columns.into())
}

/// The pictures side by side, as many to a row as fit into `width` columns, captions below.
pub fn render(pictures: &[Picture], style: Style, width: usize) -> String {
    let mut text = String::new();
    if style == Style::Plain {
        for picture in pictures {
            text += &format!("  picture {}: {}\n", picture.index, picture.caption());
        }
        return text;
    }
    let columns = ((width + GAP) / (SIDE + GAP)).max(1);
    for row in pictures.chunks(columns) {
        for line in (0..SIDE).step_by(2) {
            beside(&mut text, row, |text, picture| pixels(text, picture, line, style));
        }
        beside(&mut text, row, |text, picture| {
            let mark = if picture.is_right() { "right:" } else { "wrong:" };
            padded(text, &format!("{mark} {} {:.0} %", picture.predicted, picture.probability * 100.0));
        });
        if !row.iter().all(Picture::is_right) {
            beside(&mut text, row, |text, picture| match picture.is_right() {
                true => padded(text, ""),
                false => padded(text, &format!("it is: {}", picture.class)),
            });
        }
        text.push('\n');
    }
    text
}

/// Columns between two pictures.
const GAP: usize = 2;

fn beside(text: &mut String, row: &[Picture], cell: impl Fn(&mut String, &Picture)) {
    for (i, picture) in row.iter().enumerate() {
        if i > 0 {
            text.extend(std::iter::repeat_n(' ', GAP));
        }
        cell(text, picture);
    }
    text.truncate(text.trim_end_matches(' ').len());
    text.push('\n');
}

fn padded(text: &mut String, caption: &str) {
    let _ = write!(text, "{caption:<SIDE$}"); // writing to a string does not fail
}

/// Two rows of pixels.
fn pixels(text: &mut String, picture: &Picture, line: usize, style: Style) {
    for column in 0..SIDE {
        let (upper, lower) = (picture.at(line, column), picture.at(line + 1, column));
        if style == Style::Greys {
            // The upper half of the character has the foreground's grey, the lower half the background's.
            let _ = write!(text, "\x1b[38;5;{};48;5;{}m▀", grey(upper), grey(lower));
        } else {
            let mean = (usize::from(upper) + usize::from(lower)) / 2;
            text.push([' ', '░', '▒', '▓', '█'][mean * 5 / 256]);
        }
    }
    if style == Style::Greys {
        text.push_str("\x1b[0m");
    }
}

/// A colour of the ramp from 232, nearly black, to 255, nearly white.
fn grey(brightness: u8) -> u8 {
    232 + (u16::from(brightness) * 23 / 255) as u8
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pictures(pixels: &[u8]) -> [Picture<'_>; 2] {
        let right = Picture { index: 3, pixels, predicted: "Bag", probability: 0.981, class: "Bag" };
        [right, Picture { index: 4, predicted: "Shirt", probability: 0.5, ..right }]
    }

    #[test]
    fn plain_has_words_only() {
        let text = render(&pictures(&[0; SIDE * SIDE]), Style::Plain, 80);
        assert_eq!(text, "  picture 3: Bag (98 %), right\n  picture 4: Shirt (50 %), but it is Bag\n");
    }

    #[test]
    fn shades_stand_side_by_side_where_there_is_room() {
        let mut pixels = [255; SIDE * SIDE];
        pixels[..2 * SIDE].fill(0);
        let wide = render(&pictures(&pixels), Style::Shades, 80);
        let lines: Vec<&str> = wide.lines().collect();
        assert_eq!(lines.len(), 14 + 2 + 1);
        assert_eq!(lines[0], "");
        assert_eq!(lines[1], format!("{0}  {0}", "█".repeat(28)));
        assert_eq!(lines[14], format!("{:<28}  wrong: Shirt 50 %", "right: Bag 98 %"));
        assert_eq!(lines[15].trim_start(), "it is: Bag");
        let narrow = render(&pictures(&pixels), Style::Shades, 10);
        assert_eq!(narrow.lines().filter(|line| *line == "█".repeat(28)).count(), 26);
    }

    #[test]
    fn greys_end_at_the_last_pixel() {
        let text = render(&pictures(&[255; SIDE * SIDE]), Style::Greys, 80);
        assert!(text.starts_with("\x1b[38;5;255;48;5;255m▀"));
        assert!(text.lines().take(14).all(|line| line.ends_with("\x1b[0m")));
    }
}
