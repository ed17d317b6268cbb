//! Boxes and arrows, from top to bottom.

use plotters::drawing::DrawingAreaErrorKind;
use plotters::element::{PathElement, Polygon};
use plotters::prelude::{DrawingBackend, Rectangle, Text};
use plotters::style::text_anchor::{HPos, Pos, VPos};
use plotters::style::{Color as _, IntoFont as _, TextStyle};

use crate::PlotError;
use crate::layers::{Layers, Place};
use crate::panel::Area;
use crate::style::{FAINT, FONT, INK, LABEL, PAPER, TITLE, colour};

/// Pixels of a letter, more or less.
const LETTER: i32 = 7;
const LINE: i32 = 17;
/// Pixels between boxes beside each other, and below each other, where the arrows and their words are.
const BESIDE: i32 = 26;
const BELOW: i32 = 44;
/// Pixels around everything, and of the title.
const MARGIN: i32 = 20;
const HEAD: i32 = 36;

/// A graph without circles as boxes and arrows, with words on the arrows.
///
/// ```
/// use nn_plot::Diagram;
///
/// let diagram = Diagram::new("A way around")
///     .node(["input"], &[])
///     .node(["conv(3, 3, pad = 1)", "relu"], &[(0, "[3, 8, 8]")])
///     .node(["add"], &[(1, "[3, 8, 8]"), (0, "[3, 8, 8]")]);
/// # diagram.save(std::env::temp_dir().join("diagram.svg"))?;
/// # Ok::<(), nn_plot::PlotError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Diagram {
    title: String,
    nodes: Vec<Node>,
}

#[derive(Clone, Debug)]
struct Node {
    lines: Vec<String>,
    inputs: Vec<(usize, String)>,
}

impl Diagram {
    /// No boxes yet.
    pub fn new(title: impl Into<String>) -> Self {
        Self { title: title.into(), nodes: Vec::new() }
    }

    /// A box more, with arrows from some of those before it.
    ///
    /// # Panics
    ///
    /// When an arrow comes from no box before it.
    #[must_use]
    pub fn node<L: Into<String>>(mut self, lines: impl IntoIterator<Item = L>, arrows: &[(usize, &str)]) -> Self {
        let inputs: Vec<_> = arrows.iter().map(|&(from, words)| (from, words.to_owned())).collect();
        assert!(inputs.iter().all(|(from, _)| *from < self.nodes.len()), "an arrow comes from a box before it");
        self.nodes.push(Node { lines: lines.into_iter().map(Into::into).collect(), inputs });
        self
    }

    fn layers(&self) -> Layers {
        let sizes = self.nodes.iter().map(|node| {
            let letters = node.lines.iter().map(|line| line.chars().count()).max().unwrap_or(0) as i32;
            (letters * LETTER + 16, node.lines.len() as i32 * LINE + 8)
        });
        let inputs = self.nodes.iter().map(|node| node.inputs.iter().map(|(from, _)| *from).collect());
        Layers::new(sizes.collect(), inputs.collect(), BESIDE, BELOW)
    }

    pub(crate) fn size(&self) -> (u32, u32) {
        let (width, height) = self.layers().size();
        let title = self.title.chars().count() as i32 * 11;
        ((width.max(title) + 2 * MARGIN) as u32, (height + HEAD + 2 * MARGIN) as u32)
    }

    pub(crate) fn draw<B: DrawingBackend>(&self, area: &Area<B>) -> Result<(), PlotError> {
        if self.nodes.is_empty() {
            return Err(PlotError::content(&self.title, "there are no boxes"));
        }
        self.draw_all(area).map_err(|error| PlotError::content(&self.title, error))
    }

    fn draw_all<B: DrawingBackend>(&self, area: &Area<B>) -> Result<(), DrawingAreaErrorKind<B::ErrorType>> {
        let layers = self.layers();
        let title = style(TITLE, Pos::new(HPos::Left, VPos::Top));
        area.draw(&Text::new(self.title.clone(), (MARGIN, MARGIN), title))?;
        for (to, node) in self.nodes.iter().enumerate() {
            for (i, (_, words)) in node.inputs.iter().enumerate() {
                draw_arrow(area, layers.way(to, i).into_iter().map(at).collect(), words)?;
            }
        }
        for (i, node) in self.nodes.iter().enumerate() {
            draw_box(area, layers.place(i), &node.lines)?;
        }
        Ok(())
    }
}

/// The point of a drawing where one of the layout is.
fn at((x, y): (i32, i32)) -> (i32, i32) {
    (x + MARGIN, y + HEAD + MARGIN)
}

fn style(size: i32, position: Pos) -> TextStyle<'static> {
    TextStyle::from((FONT, size).into_font()).color(&INK).pos(position)
}

/// In the middle of where it is written.
const CENTRED: Pos = Pos { h_pos: HPos::Center, v_pos: VPos::Center };

/// An arrow through these points, with words on its first part.
fn draw_arrow<B: DrawingBackend>(
    area: &Area<B>,
    way: Vec<(i32, i32)>,
    words: &str,
) -> Result<(), DrawingAreaErrorKind<B::ErrorType>> {
    let ([(x, y), (next_x, next_y), ..], [.., (tip_x, tip_y)]) = (&way[..], &way[..]) else { return Ok(()) };
    let (x, y) = ((x + next_x) / 2, (y + next_y) / 2);
    let tip = [(*tip_x, *tip_y), (tip_x - 4, tip_y - 8), (tip_x + 4, tip_y - 8)];
    let half = words.chars().count() as i32 * 3 + 2;
    area.draw(&PathElement::new(way, INK.stroke_width(1)))?;
    area.draw(&Polygon::new(tip, INK.filled()))?;
    area.draw(&Rectangle::new([(x - half, y - 7), (x + half, y + 7)], PAPER.mix(0.85).filled()))?;
    area.draw(&Text::new(words.to_owned(), (x, y), style(LABEL - 2, CENTRED)))
}

/// A box with its lines; one with several is coloured.
fn draw_box<B: DrawingBackend>(
    area: &Area<B>,
    Place { x, y, width, height }: Place,
    lines: &[String],
) -> Result<(), DrawingAreaErrorKind<B::ErrorType>> {
    let corners = [at((x - width / 2, y)), at((x + width / 2, y + height))];
    let shade = if lines.len() > 1 { colour(0).mix(0.15) } else { FAINT.mix(1.0) };
    area.draw(&Rectangle::new(corners, PAPER.filled()))?;
    area.draw(&Rectangle::new(corners, shade.filled()))?;
    area.draw(&Rectangle::new(corners, INK.stroke_width(1)))?;
    for (row, line) in lines.iter().enumerate() {
        let middle = at((x, y + 4 + row as i32 * LINE + LINE / 2));
        area.draw(&Text::new(line.clone(), middle, style(LABEL, CENTRED)))?;
    }
    Ok(())
}
